import { TrunklineError } from '@trunkline/core';
import {
  type DeliveryContext,
  type EncodedRecord,
  encodeEvent,
  type EventCodec,
  type EventDraft,
  sealEvent,
} from '@trunkline/events';
import {
  contentDigest,
  type Normalization,
  normalizeDelivery,
  sameIdOtherContent,
  unreadableDelivery,
  type VerifiedDelivery,
} from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

import type { KnownContents } from '../limits/known-contents.ts';
import { type Breathe, createBreathe } from '../turn-taking.ts';

/** What an authentic delivery became. */
export interface NormalisedDelivery {
  readonly normalization: Normalization;
  readonly events: readonly ReadyEvent[];
  /** How many of the events have an id under which something else was said before. */
  readonly conflicts: number;
}

/** An event with its bytes. */
export interface ReadyEvent {
  readonly eventId: string;
  readonly type: string;
  readonly encoded: EncodedRecord;
}

export interface NormaliseParts {
  readonly codec: EventCodec;
  /** The largest record a topic takes. */
  readonly maxRecordBytes: (topic: string) => number;
  readonly context: DeliveryContext;
  readonly knownContents: KnownContents;
}

/**
 * Events of an authentic delivery, with ids, keys and bytes. Whatever the payload holds, this does not throw over it:
 * the sender has proven itself, so the delivery is accepted, and what cannot be an event is archived with its verdict.
 * A large batch lets other requests in between its events.
 */
export async function normalise(
  source: ConfiguredSource,
  delivery: VerifiedDelivery,
  parts: NormaliseParts,
): Promise<NormalisedDelivery> {
  const breathe = createBreathe();
  const normalization = normalizeDelivery(source.provider, delivery);
  const work = { source, parts, limitBytes: maxEventsBytes(delivery.request.body.length), breathe };
  const { events, refused, conflicts, isTooMuch } = await readyEvents(normalization, work);
  if (isTooMuch || (refused !== undefined && events.length === 0)) {
    const whole = unreadableDelivery(delivery, refused?.message ?? 'its events are too large together');
    return { normalization: whole, ...(await readyEvents(whole, work)) };
  }
  // One bad item of a batch costs that item, which the archive still has, and not its neighbours.
  const flaws = [...(refused === undefined ? [] : [refused.message]), ...(conflicts === 0 ? [] : [sameIdOtherContent])];
  return { normalization: withFlaws(normalization, flaws), events, conflicts };
}

function withFlaws(normalization: Normalization, flaws: readonly string[]): Normalization {
  const { verdict, reason } = normalization;
  const added = flaws.filter((flaw) => reason?.includes(flaw) !== true);
  if (added.length === 0 || verdict === 'unnormalised') return normalization;
  return {
    ...normalization,
    verdict: 'partial',
    reason: [...(reason === undefined ? [] : [reason]), ...added].join('; '),
  };
}

/**
 * The most bytes of all events of one delivery. An honest one has its items' texts once and an envelope of some 600 bytes
 * with the headers of the request for each; whoever writes many small items under large headers stops here.
 */
function maxEventsBytes(bodyBytes: number): number {
  return 4 * bodyBytes + 16 * 1024 * 1024;
}

interface Work {
  readonly source: ConfiguredSource;
  readonly parts: NormaliseParts;
  readonly limitBytes: number;
  readonly breathe: Breathe;
}

interface ReadyEvents {
  readonly events: readonly ReadyEvent[];
  /** Why the first of the others could not become an event. */
  readonly refused: TrunklineError | undefined;
  readonly conflicts: number;
  readonly isTooMuch: boolean;
}

async function readyEvents(normalization: Normalization, work: Work): Promise<ReadyEvents> {
  const { source, parts, limitBytes, breathe } = work;
  const events: ReadyEvent[] = [];
  let refused: TrunklineError | undefined;
  let conflicts = 0;
  let bytes = 0;
  for (const draft of normalization.events) {
    const pause = breathe();
    if (pause !== undefined) await pause;
    const event = readyEvent(draft, parts);
    if (event instanceof TrunklineError) {
      refused ??= event;
      continue;
    }
    bytes += event.encoded.value.length;
    if (bytes > limitBytes) return { events: [], refused, conflicts, isTooMuch: true };
    const digest = contentDigest(draft, source.provider.volatileMembers);
    if (parts.knownContents.isOther(event.eventId, digest)) conflicts += 1;
    events.push(event);
  }
  return { events, refused, conflicts, isTooMuch: false };
}

/** Key, headers and the batch around a record, with room to spare: a key may have two ids of 1 KiB, percent-encoded. */
const recordOverheadBytes = 16 * 1024;

/** The event, or why the draft cannot become one. Any other failure is ours and goes up. */
function readyEvent(draft: EventDraft, parts: NormaliseParts): ReadyEvent | TrunklineError {
  try {
    const sealed = sealEvent(draft, parts.context);
    // The publisher puts the trace of its own span into the headers.
    const encoded = encodeEvent(parts.codec, sealed, {});
    if (encoded.value.length + recordOverheadBytes > parts.maxRecordBytes(encoded.topic)) {
      return new TrunklineError('payload_malformed', `an event of ${sealed.type} is larger than its topic takes`);
    }
    return { eventId: sealed.eventId, type: sealed.type, encoded };
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'payload_malformed') return error;
    throw error;
  }
}
