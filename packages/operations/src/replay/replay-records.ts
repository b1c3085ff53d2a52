import { encodeEvent, encodeIngress, type EventCodec } from '@trunkline/events';
import type { OutgoingRecord } from '@trunkline/kafka';

import { archiveTopic } from './archive.ts';
import type { ReplayedDelivery, ReplayedEvent } from './replay-delivery.ts';

/** As the ingress keeps it. */
const mostArchivedEventIds = 2_000;

/** Of these a replay publishes: those that are new, or all. */
export function eventsToPublish({ events }: ReplayedDelivery, all: boolean): readonly ReplayedEvent[] {
  return events.filter(({ isNew }) => all || isNew);
}

/**
 * What a replay publishes of some deliveries: their events, and what the archive is to know of them by now. The archive
 * comes last: it says that the events are there.
 */
export function replayRecords(
  deliveries: readonly ReplayedDelivery[],
  { codec, all }: { readonly codec: Pick<EventCodec, 'encode'>; readonly all: boolean },
): readonly OutgoingRecord[] {
  const events = deliveries.flatMap((each) => eventsToPublish(each, all));
  return [
    ...events.map(({ sealed }) => encodeEvent(codec, sealed, {})),
    ...deliveries.map((each) => archivedAgain(each, codec)),
  ];
}

function archivedAgain(
  { delivery, verdict, reason, events }: ReplayedDelivery,
  codec: Pick<EventCodec, 'encode'>,
): OutgoingRecord {
  const ids = [...new Set([...events.map(({ sealed }) => sealed.eventId), ...delivery.eventIds])];
  const record = { ...delivery.record, verdict, reason: reason ?? null, eventIds: ids.slice(0, mostArchivedEventIds) };
  return encodeIngress(codec, { topic: archiveTopic, record }, {});
}
