import { TrunklineError } from '@trunkline/core';
import {
  type DeliveryContext,
  type EncodedRecord,
  encodeEvent,
  type EventCodec,
  type EventDraft,
  sealEvent,
} from '@trunkline/events';
import { type Normalization, normalizeDelivery, unreadableDelivery, type VerifiedDelivery } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

/** What an authentic delivery became. */
export interface NormalisedDelivery {
  readonly normalization: Normalization;
  readonly events: readonly ReadyEvent[];
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
}

/**
 * Events of an authentic delivery, with ids, keys and bytes. Whatever the payload holds, this does not throw over it:
 * the sender has proven itself, so the delivery is accepted, and what cannot be an event is archived with its verdict.
 */
export function normalise(
  source: ConfiguredSource,
  delivery: VerifiedDelivery,
  parts: NormaliseParts,
): NormalisedDelivery {
  const normalization = normalizeDelivery(source.provider, delivery);
  const { events, refused } = readyEvents(normalization, parts);
  if (refused === undefined) return { normalization, events };
  if (events.length > 0) {
    // One bad item of a batch costs that item, which the archive still has, and not its neighbours.
    return { normalization: { ...normalization, verdict: 'partial', reason: refused.message }, events };
  }
  const whole = unreadableDelivery(delivery, refused.message);
  return { normalization: whole, events: readyEvents(whole, parts).events };
}

interface ReadyEvents {
  readonly events: readonly ReadyEvent[];
  /** Why the first of the others could not become an event. */
  readonly refused: TrunklineError | undefined;
}

function readyEvents(normalization: Normalization, parts: NormaliseParts): ReadyEvents {
  const events: ReadyEvent[] = [];
  let refused: TrunklineError | undefined;
  for (const draft of normalization.events) {
    const event = readyEvent(draft, parts);
    if (event instanceof TrunklineError) refused ??= event;
    else events.push(event);
  }
  return { events, refused };
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
