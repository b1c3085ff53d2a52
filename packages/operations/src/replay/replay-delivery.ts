import { isDeliveryId, TrunklineError } from '@trunkline/core';
import { type DeliveryContext, type EventDraft, sealEvent, type SealedEvent } from '@trunkline/events';
import { archivedDelivery, normalizeDelivery } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

import type { ArchivedDelivery } from './archive.ts';

/** What the normaliser of today makes of a delivery of the archive. */
export interface ReplayedDelivery {
  readonly delivery: ArchivedDelivery;
  readonly verdict: string;
  readonly reason: string | undefined;
  readonly events: readonly ReplayedEvent[];
  /** Drafts that cannot be sealed. */
  readonly refused: number;
  /** Events that it became before, and does not become any more. */
  readonly gone: readonly string[];
}

export interface ReplayedEvent {
  readonly sealed: SealedEvent;
  /** Its id is not among those that the archive names. */
  readonly isNew: boolean;
  /** What was published of the same fact last; undefined where nothing was. */
  readonly lastId: string | undefined;
}

export interface ReplayOptions {
  readonly source: ConfiguredSource;
  /** 0: ids are those of the first time. */
  readonly correction: number;
  readonly installationKey: Uint8Array;
}

/** `CCC` of a version has three digits. */
export const mostCorrection = 999;

/**
 * Pure. Throws `decode_failed` where the body cannot be unpacked, `config_invalid` where an event has a correction of that
 * number or a later one.
 */
export function replayDelivery(delivery: ArchivedDelivery, options: ReplayOptions): ReplayedDelivery {
  const { record, eventIds } = delivery;
  const verified = archivedDelivery(options.source, record);
  const normalization = normalizeDelivery(options.source.provider, verified);
  const known = new Set(eventIds);
  const events: ReplayedEvent[] = [];
  let refused = 0;
  for (const draft of normalization.events) {
    const versions = sealedUpTo(draft, delivery, options);
    const sealed = versions.at(-1);
    if (sealed === undefined) {
      refused += 1;
      continue;
    }
    const last = versions.findLast(({ eventId }) => known.has(eventId));
    events.push({ sealed, isNew: !known.has(sealed.eventId), lastId: last?.eventId });
    for (const { eventId } of versions) known.delete(eventId);
  }
  refuseEarlierCorrection(normalization.events, { delivery, left: known }, options);
  const { verdict, reason } = normalization;
  return { delivery, verdict, reason, events, refused, gone: [...known] };
}

/** The event with every correction up to the wanted one; none where the draft cannot be an event. */
function sealedUpTo(draft: EventDraft, { record }: ArchivedDelivery, options: ReplayOptions): readonly SealedEvent[] {
  try {
    return Array.from({ length: options.correction + 1 }, (_, correction) =>
      sealEvent(draft, contextOf(record, { ...options, correction })),
    );
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'payload_malformed') return [];
    throw error;
  }
}

/** Looked for only where an id is left that nothing explains. */
function refuseEarlierCorrection(
  drafts: readonly EventDraft[],
  { delivery, left }: { readonly delivery: ArchivedDelivery; readonly left: ReadonlySet<string> },
  options: ReplayOptions,
): void {
  if (options.correction === 0 || left.size === 0) return;
  for (const draft of drafts) {
    for (let correction = options.correction + 1; correction <= mostCorrection; correction += 1) {
      const { eventId } = sealEvent(draft, contextOf(delivery.record, { ...options, correction }));
      if (!left.has(eventId)) continue;
      throw new TrunklineError(
        'config_invalid',
        `${delivery.record.deliveryId} has the correction ${correction}: --correct ${options.correction} would be older; use ${correction + 1}`,
      );
    }
  }
}

function contextOf(record: ArchivedDelivery['record'], options: ReplayOptions): DeliveryContext {
  const { deliveryId } = record;
  if (!isDeliveryId(deliveryId)) throw new TrunklineError('decode_failed', 'a record of the archive has no deliveryId');
  const { sourceId, tenantId, provider } = options.source;
  return {
    tenantId,
    sourceId,
    provider: provider.name,
    deliveryId,
    receivedAtMs: record.receivedAt,
    correction: options.correction,
    installationKey: options.installationKey,
  };
}
