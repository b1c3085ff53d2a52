import { eventId, newDeliveryId } from '@trunkline/core';
import { entityVersion, type RecordOf } from '@trunkline/events';

export type Change = RecordOf<'integration.event.v1'>;

/** A message without a canonical form, of the source src_calendar of tnt_a. */
export function message(
  provider: string,
  said: Partial<Pick<Change, 'originalType' | 'headers' | 'body'>> & {
    readonly receivedAt?: number;
    readonly name?: string;
  },
): Change {
  const { receivedAt = 1_700_000_000_000, name = '', ...stated } = said;
  const id = eventId({
    sourceId: 'src_calendar',
    basis: 'key',
    parts: [provider, said.originalType ?? '', String(receivedAt), name],
    entity: 'integration.event',
    qualifier: '',
    correction: 0,
  });
  return {
    originalType: null,
    contentType: 'application/json',
    body: Buffer.alloc(0),
    itemIndex: null,
    method: 'POST',
    query: null,
    headers: [],
    ...stated,
    metadata: {
      eventId: id,
      type: 'integration.event.received',
      tenantId: 'tnt_a',
      sourceId: 'src_calendar',
      provider,
      account: 'src_calendar',
      entityKind: 'resource',
      entityId: 'res_1',
      entityVersion: entityVersion({
        lead: 0,
        step: 0,
        occurredAtMs: 0,
        correction: 0,
        receivedAtMs: receivedAt,
        eventId: id,
      }),
      providerEventId: null,
      slot: 'integration.event#',
      occurredAt: receivedAt,
      occurredAtIsEstimated: true,
      providerSequence: null,
      receivedAt,
      deliveryId: newDeliveryId(receivedAt),
      correction: 0,
      statedFields: [],
      changedFields: null,
    },
  };
}

/** As Google tells that a calendar was changed. */
export function googleChange(resource: string, number: number, more: { readonly receivedAt?: number } = {}): Change {
  return message('google_calendar', {
    originalType: 'exists',
    name: `${resource}/${number}`,
    headers: [
      { name: 'X-Goog-Channel-Id', value: 'chn_1' },
      { name: 'X-Goog-Channel-Expiration', value: 'Mon, 09 Mar 2026 10:15:30 GMT' },
      { name: 'X-Goog-Resource-Id', value: resource },
      {
        name: 'X-Goog-Resource-Uri',
        value: 'https://www.googleapis.com/calendar/v3/calendars/team%40example.com/events',
      },
      { name: 'X-Goog-Resource-State', value: 'exists' },
      { name: 'X-Goog-Message-Number', value: String(number) },
      { name: 'X-Goog-Channel-Token', value: null },
    ],
    ...more,
  });
}

/** As Graph tells what becomes of a subscription. */
export function graphLifecycle(event: string, item: object = graphItem): Change {
  return message('microsoft_graph', {
    originalType: `lifecycle.${event}`,
    body: Buffer.from(JSON.stringify({ ...item, lifecycleEvent: event })),
  });
}

const graphItem = {
  subscriptionId: 'sub_1',
  resource: 'Users/622eaaff/Events',
  subscriptionExpirationDateTime: '2026-03-09T10:15:30+00:00',
};
