import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';
import { beforeAll, describe, expect, it } from 'vitest';

import { defineRequestHandler, handlerTable } from '../handler.ts';
import { publishedRequest } from '../testing/requests.ts';
import { createTestCodec, incoming, published, shopRecord } from '../testing/test-group.ts';
import { decodeRecord, type DecodedRecord } from './decode.ts';

const handlers = handlerTable([
  defineRequestHandler({
    name: 'send',
    topic: 'notifications.request.v1',
    types: ['notifications.request.send'],
    handle: () => Promise.resolve('applied'),
  }),
]);

let codec: Awaited<ReturnType<typeof createTestCodec>>['codec'];
beforeAll(async () => {
  ({ codec } = await createTestCodec(['notifications.request.v1', 'payments.payment.v1']));
});

function decode(record: IncomingRecord): Promise<DecodedRecord> {
  return decodeRecord(codec, handlers, { record, via: 'main' });
}

describe('a request on the topic of a group', () => {
  it('is what was asked, known by its request id, and belongs to no delivery', async () => {
    const decoded = await decode(incoming(publishedRequest(codec, { name: 'hello' })));

    expect(decoded).toMatchObject({
      id: expect.stringMatching(/^req_[0-9a-f]{32}$/),
      deliveryId: null,
      isKnownType: true,
      handler: { name: 'send' },
      consumed: {
        type: 'notifications.request.send',
        record: { recipientId: 'per_ada', text: 'hello', metadata: { tenantId: 'tnt_a' } },
        attempt: 1,
      },
    });
    expect(decoded.consumed).toHaveProperty('requestId', decoded.id);
    expect(decoded.consumed).not.toHaveProperty('eventId');
  });

  it('leads back to the trace it was asked in', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const record = publishedRequest(codec, { name: 'hello' });
    const headers = { ...record.headers, traceparent, [headerName.originTraceparent]: traceparent };

    const { consumed } = await decode(incoming({ ...record, headers }));

    expect(consumed.trace).toEqual({ traceparent, originTraceparent: traceparent });
  });

  it.each([
    [headerName.id, 'req_00000000000000000000000000000000'],
    [headerName.source, '/tenants/tnt_b/groups/telephony'],
    [headerName.subject, 'person/per_ada'],
  ])('is refused when its header %s says %s', async (name, value) => {
    const record = publishedRequest(codec, { name: 'hello' });

    const decoding = decode(incoming({ ...record, headers: { ...record.headers, [name]: value } }));

    await expect(decoding).rejects.toMatchObject({ code: 'decode_failed', message: expect.stringContaining(name) });
  });

  it('is not an event of a topic that the group does not read', async () => {
    await expect(decode(incoming(published(codec, shopRecord('e1'))))).rejects.toMatchObject({ code: 'decode_failed' });
  });
});
