import type { EventId } from '@trunkline/core';
import { encodeRequest, type EventCodec, type RequestPayloadOf, sealRequest } from '@trunkline/events';
import type { OutgoingRecord } from '@trunkline/kafka';

const topic = 'notifications.request.v1';
const causedBy: EventId = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

export interface TestRequest {
  /** Tells requests apart. */
  readonly name: string;
  readonly tenantId?: string;
  readonly payload?: Partial<RequestPayloadOf<typeof topic>>;
}

/** A request as the relay of the group `telephony` would publish it. */
export function publishedRequest(
  codec: EventCodec,
  { name, tenantId = 'tnt_a', payload = {} }: TestRequest,
): OutgoingRecord {
  const sealed = sealRequest(
    {
      topic,
      type: 'notifications.request.send',
      cause: causedBy,
      causedBy,
      handler: 'test',
      qualifier: name,
      payload: { recipientId: 'per_ada', channel: 'sms', text: name, ...payload },
    },
    { tenantId, group: 'telephony', requestedAtMs: 1_732_233_600_123, installationKey: Buffer.alloc(32) },
  );
  return encodeRequest(codec, sealed, {});
}
