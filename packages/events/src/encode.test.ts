import { describe, expect, it } from 'vitest';

import { createEventCodec, type EventCodec } from './codec.ts';
import { encodeEvent, encodeIngress } from './encode.ts';
import { schemaTexts } from './generated/schemas.ts';
import { cloudEventHeaders } from './headers.ts';
import { sealEvent } from './seal.ts';
import { deliveryContext, deliveryRecord, memoryRegistry, paymentDraft, receivedAtMs } from './testing/builders.ts';

async function codecFor(...topics: readonly (keyof typeof schemaTexts)[]): Promise<EventCodec> {
  const registry = memoryRegistry();
  for (const topic of topics) registry.register(`${topic}-value`, schemaTexts[topic]);
  return createEventCodec({ registry, topics });
}

describe('the record of an event', () => {
  const sealed = sealEvent(paymentDraft(), deliveryContext());

  it('has the key, the value, and the headers of the event', async () => {
    const codec = await codecFor('payments.payment.v1');

    const encoded = encodeEvent(codec, sealed, {});

    expect(encoded.topic).toBe('payments.payment.v1');
    expect(encoded.key.toString()).toBe(sealed.key);
    expect(encoded.headers).toEqual(cloudEventHeaders(sealed));
    expect(codec.decodeNow('payments.payment.v1', encoded.value)).toEqual(sealed.record);
  });

  it('carries its trace, and the trace of its first publish', async () => {
    const codec = await codecFor('payments.payment.v1');

    const { headers } = encodeEvent(codec, sealed, { traceparent: '00-aa-bb-01', tracestate: 'v=1' });

    expect(headers).toMatchObject({
      traceparent: '00-aa-bb-01',
      tracestate: 'v=1',
      'x-origin-traceparent': '00-aa-bb-01',
    });
  });
});

describe('the record of a delivery', () => {
  it('is keyed by tenant and delivery, and names its schema', async () => {
    const codec = await codecFor('ingress.delivery.v1');

    const encoded = encodeIngress(
      codec,
      { topic: 'ingress.delivery.v1', record: deliveryRecord() },
      { traceparent: '00-aa-bb-01' },
    );

    expect(encoded.key.toString()).toBe('tnt_acme:dlv_0190b6a2f3c47a0e8f11223344556677');
    expect(encoded.headers).toEqual({
      ce_dataschema: 'urn:trunkline:schema:ingress.delivery.v1-value:1',
      'content-type': 'application/avro',
      traceparent: '00-aa-bb-01',
      'x-origin-traceparent': '00-aa-bb-01',
    });
  });
});

describe('the record of a rejection', () => {
  it('without a tenant is keyed by the delivery alone', async () => {
    const codec = await codecFor('ingress.rejection.v1');
    const record = {
      deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
      tenantId: null,
      sourceId: null,
      provider: null,
      receivedAt: receivedAtMs,
      step: 'source',
      code: 'source_unknown',
      detail: null,
      method: 'POST',
      path: '/hooks/src_nobody',
      query: null,
      headers: [],
      contentType: null,
      bodyBytes: null,
      bodySha256: null,
      answerStatus: 404,
      suppressedBefore: null,
      traceId: null,
    };

    const encoded = encodeIngress(codec, { topic: 'ingress.rejection.v1', record }, {});

    expect(encoded.key.toString()).toBe('dlv_0190b6a2f3c47a0e8f11223344556677');
    expect(codec.decodeNow('ingress.rejection.v1', encoded.value)).toEqual(record);
  });
});
