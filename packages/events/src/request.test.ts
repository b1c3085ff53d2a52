import { describe, expect, it } from 'vitest';

import type { RequestPayloadOf } from './catalogue.ts';
import { encodeRequest } from './encode.ts';
import { assertRequestHeadersMatch, dataSchemaOf, headerName, requestHeaders } from './headers.ts';
import { personalDigest } from './key.ts';
import { type RequestContext, type RequestDraft, sealRequest } from './request.ts';
import { setup } from './testing/codec-setup.ts';

const cause = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const installationKey = Buffer.alloc(32, 7);
const context: RequestContext = {
  tenantId: 'tnt_acme',
  group: 'telephony',
  requestedAtMs: 1_732_233_600_123,
  installationKey,
};

function notification(
  payload: Partial<RequestPayloadOf<'notifications.request.v1'>>,
): RequestDraft<'notifications.request.v1'> {
  return {
    topic: 'notifications.request.v1',
    type: 'notifications.request.send',
    cause,
    causedBy: cause,
    handler: 'missed-call',
    qualifier: 'sms',
    payload,
  };
}

function sync(
  payload: Partial<RequestPayloadOf<'calendar.sync_request.v1'>>,
): RequestDraft<'calendar.sync_request.v1'> {
  return {
    topic: 'calendar.sync_request.v1',
    type: 'calendar.sync_request.sync',
    cause,
    causedBy: cause,
    handler: 'change',
    qualifier: '',
    payload,
  };
}

function erasure(
  payload: Partial<RequestPayloadOf<'privacy.erasure_request.v1'>>,
): RequestDraft<'privacy.erasure_request.v1'> {
  return {
    topic: 'privacy.erasure_request.v1',
    type: 'privacy.erasure_request.erase',
    cause,
    causedBy: cause,
    handler: 'contact',
    qualifier: '',
    payload,
  };
}

describe('the key of a request', () => {
  it('of a notification is the recipient, even where an address is given', () => {
    const { key } = sealRequest(notification({ recipientId: 'per_ada', recipientAddress: '+15005550006' }), context);

    expect(key).toBe('tnt_acme:per_ada');
  });

  it('of a notification to an address is its digest, and never the address', () => {
    const { key } = sealRequest(notification({ recipientAddress: '+15005550006' }), context);

    const { tenantId } = context;
    expect(key).toBe(`tnt_acme:${personalDigest({ installationKey, tenantId, values: ['+15005550006'] })}`);
  });

  it('of a notification to an address cannot be made without the installation key, and one to an id can', () => {
    const without = { ...context, installationKey: undefined };

    expect(() => sealRequest(notification({ recipientAddress: '+15005550006' }), without)).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringContaining('INSTALLATION_KEY') as string,
      }),
    );
    expect(sealRequest(notification({ recipientId: 'per_ada' }), without).key).toBe('tnt_acme:per_ada');
  });

  it('of two wishes that one resource be read is the same', () => {
    const [first, second] = [
      sync({ sourceId: 'src_cal', resourceId: 'r/1', channelId: 'a', reason: 'changed' }),
      sync({ sourceId: 'src_cal', resourceId: 'r/1', channelId: 'b', reason: 'missed' }),
    ];

    expect(sealRequest(first, context).key).toBe('tnt_acme:src_cal:r%2F1');
    expect(sealRequest(second, context).key).toBe('tnt_acme:src_cal:r%2F1');
  });

  it('of a wish that names no resource is its source', () => {
    expect(sealRequest(sync({ sourceId: 'src_cal', resourceId: '' }), context).key).toBe('tnt_acme:src_cal');
  });

  it('of an erasure is the digest of the address, and the entity where there is none', () => {
    const entity = { provider: 'hubspot', account: '62515', entityKind: 'contact', entityId: '1:2' };
    const addressDigest = 'ab'.repeat(32);

    expect(sealRequest(erasure({ ...entity, addressDigest }), context).key).toBe(`tnt_acme:${addressDigest}`);
    expect(sealRequest(erasure(entity), context).key).toBe('tnt_acme:hubspot:62515:contact:1%3A2');
  });

  it.each([
    ['a notification to nobody', notification({})],
    ['a notification to an empty id', notification({ recipientId: '' })],
    ['a wish for no source', sync({ resourceId: 'r' })],
    ['an erasure of nobody', erasure({})],
    ['an erasure of half an entity', erasure({ provider: 'hubspot', entityId: '1' })],
    ['an id that is too long', notification({ recipientId: 'x'.repeat(1_025) })],
  ])('is refused of %s', (_what, draft) => {
    // Each draft is one of the three.
    expect(() => sealRequest(draft as RequestDraft<'notifications.request.v1'>, context)).toThrow(
      expect.objectContaining({ code: 'payload_malformed', message: expect.stringContaining(draft.topic) as string }),
    );
  });
});

describe('a request', () => {
  const sealed = sealRequest(notification({ recipientId: 'per_ada', template: 'missed_call' }), context);

  it('has an id that follows from what caused it, and says so', () => {
    expect(sealed.requestId).toBe('req_e69c0c73684258459711b2b6d059d394');
    expect(sealed.record.metadata).toEqual({
      requestId: sealed.requestId,
      type: 'notifications.request.send',
      tenantId: 'tnt_acme',
      causedBy: cause,
      requestedAt: context.requestedAtMs,
    });
  });

  it('has the headers of CloudEvents: who asks is the source, and there is no subject', () => {
    expect(requestHeaders(sealed)).toEqual({
      ce_specversion: '1.0',
      ce_id: sealed.requestId,
      ce_source: '/tenants/tnt_acme/groups/telephony',
      ce_type: 'notifications.request.send',
      ce_time: '2024-11-22T00:00:00.123Z',
      ce_dataschema: dataSchemaOf('notifications.request.v1'),
      ce_partitionkey: 'tnt_acme:per_ada',
      'content-type': 'application/avro',
    });
  });

  it('becomes a record that is read as what was asked', async () => {
    const { codec } = await setup({ topics: ['notifications.request.v1'] });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    const record = encodeRequest(codec, sealed, { traceparent });

    expect(record.topic).toBe('notifications.request.v1');
    expect(record.key.toString()).toBe('tnt_acme:per_ada');
    expect(record.headers).toMatchObject({ traceparent, 'x-origin-traceparent': traceparent });
    expect(await codec.decode('notifications.request.v1', record.value)).toEqual(sealed.record);
  });

  it('matches the headers it was made with', () => {
    expect(() => assertRequestHeadersMatch(sealed.record, requestHeaders(sealed))).not.toThrow();
  });

  it.each([
    ['ce_id', 'req_00000000000000000000000000000000'],
    ['ce_type', 'notifications.request.cancel'],
    ['ce_source', '/tenants/tnt_other/groups/telephony'],
    ['ce_source', '/tenants/tnt_acme/sources/src_stripe'],
    ['ce_source', '/tenants/tnt_acme/groups/'],
    ['ce_source', '/tenants/tnt_acme/groups/a/b'],
    ['ce_time', '2024-11-22T00:00:00.124Z'],
    ['ce_subject', 'person/per_ada'],
  ])('does not match when %s says %s', (name, value) => {
    const headers = { ...requestHeaders(sealed), [name]: value };

    expect(() => assertRequestHeadersMatch(sealed.record, headers)).toThrow(
      expect.objectContaining({ code: 'decode_failed', message: expect.stringContaining(name) as string }),
    );
  });

  it.each([headerName.id, headerName.source, headerName.time, headerName.partitionKey, headerName.dataSchema])(
    'is refused without %s',
    (name) => {
      const headers = { ...requestHeaders(sealed), [name]: undefined };

      expect(() => assertRequestHeadersMatch(sealed.record, headers)).toThrow(/is missing/);
    },
  );
});
