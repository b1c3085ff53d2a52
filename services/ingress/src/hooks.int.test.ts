import { isDeliveryId, isEventId } from '@trunkline/core';
import { Secret } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { startReadyIngress } from './testing/ready-ingress.ts';
import {
  type Corner,
  type Found,
  genericSource,
  prepareCorner,
  recordsOf,
  type RunningIngress,
  stripeSource,
} from './testing/running-ingress.ts';
import { answerOf, paymentSucceeded, post, postWithToken, signedBody, signedByStripe } from './testing/sending.ts';

let corner: Corner;
let ingress: RunningIngress;

beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
  const sources = [
    stripeSource({}),
    genericSource({}),
    stripeSource({ sourceId: 'src_retired', state: 'retired' }),
    stripeSource({ sourceId: 'src_disabled', state: 'disabled' }),
    stripeSource({ sourceId: 'src_blank', secrets: [new Secret(''), new Secret('whsec_old', { notAfterMs: 1 })] }),
    stripeSource({ sourceId: 'src_small', bodyLimitBytes: 1_000 }),
    throwing(stripeSource({ sourceId: 'src_throws' })),
  ];
  ingress = await startReadyIngress({ corner, sources });
}, 120_000);
afterAll(() => ingress.app.stop(5_000));

describe('an authentic delivery', () => {
  it('is answered 200 with its ids once its delivery record and its event are on Kafka', async () => {
    const request = signedByStripe(paymentSucceeded(), ingress.url);

    const response = await post(request);

    const answer = await answerOf(response);
    const [delivery] = await recordsOf(corner, 'ingress.delivery.v1', answer.delivery);
    const [payment] = await recordsOf(corner, 'payments.payment.v1', answer.delivery);
    expect([response.status, response.headers.get('trunkline-delivery-id')]).toEqual([200, answer.delivery]);
    expect(isDeliveryId(answer.delivery) && isEventId(answer.events[0] ?? '')).toBe(true);
    expect(delivery?.record).toMatchObject({
      sourceId: 'src_stripe',
      verdict: 'normalised',
      eventIds: answer.events,
      answerStatus: 200,
    });
    expect(Buffer.from(delivery?.record.body ?? []).equals(Buffer.from(request.body))).toBe(true);
    expect(payment?.record.metadata).toMatchObject({
      eventId: answer.events[0],
      type: 'payments.payment.succeeded',
      tenantId: 'tnt_test',
      deliveryId: answer.delivery,
    });
    expect(payment?.raw.headers).toMatchObject({ ce_id: answer.events[0], ce_type: 'payments.payment.succeeded' });
  });

  it('has the same event ids however often it is delivered, and a delivery id of its own each time', async () => {
    const fixture = paymentSucceeded();

    const answers = await Promise.all(
      [1, 2, 3].map(async () => answerOf(await post(signedByStripe(fixture, ingress.url)))),
    );

    expect(new Set(answers.map((answer) => answer.events.join())).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.delivery)).size).toBe(3);
  });

  it.each([
    ['not JSON', 'garbage \u0000 {'],
    ['JSON of another shape', '[1,2,{"__proto__":{"x":1}}]'],
    ['nothing', ''],
    ['deeply nested', '['.repeat(10_000)],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['a number out of range', '{"id":1e400}'],
  ])('is accepted and archived as unnormalised when its body is %s', async (_what, body) => {
    const response = await post(signedBody(body, ingress.url));

    const answer = await answerOf(response);
    const [delivery] = await recordsOf(corner, 'ingress.delivery.v1', answer.delivery);
    expect(response.status).toBe(200);
    expect(delivery?.record.verdict).toBe('unnormalised');
    expect(Buffer.from(delivery?.record.body ?? []).equals(Buffer.from(body))).toBe(true);
  });

  it('is partial when its id said something else before, and not when it repeats', async () => {
    const fixture = paymentSucceeded();
    const text = Buffer.from(fixture.request.body).toString('utf8');
    const other = {
      request: {
        ...fixture.request,
        body: Buffer.from(text.replace('"amount_received": 4990', '"amount_received": 9000')),
      },
    };
    const repeat = {
      request: {
        ...fixture.request,
        body: Buffer.from(text.replace(/"pending_webhooks": \d+/, '"pending_webhooks": 0')),
      },
    };

    const answers = [];
    for (const sent of [fixture, repeat, other])
      answers.push(await answerOf(await post(signedByStripe(sent, ingress.url))));

    const verdicts = answers.map(
      async ({ delivery }) => (await recordsOf(corner, 'ingress.delivery.v1', delivery))[0]?.record,
    );
    expect(new Set(answers.map(({ events }) => events.join())).size).toBe(1);
    expect((await Promise.all(verdicts)).map((record) => [record?.verdict, record?.reason])).toEqual([
      ['normalised', null],
      ['normalised', null],
      ['partial', 'one id is used for two contents'],
    ]);
  });

  it('of a token is accepted by the same path', async () => {
    const response = await postWithToken(ingress.url, '{"hello":"world"}');

    const answer = await answerOf(response);
    const [event] = await recordsOf(corner, 'integration.event.v1', answer.delivery);
    expect(response.status).toBe(200);
    expect(event?.record.metadata.eventId).toBe(answer.events[0]);
  });

  it('withholds what may be a credential from the archive', async () => {
    const response = await postWithToken(ingress.url, '{}', '?page=1&api_key=marker-key');

    const { delivery } = await answerOf(response);
    const [archived] = await recordsOf(corner, 'ingress.delivery.v1', delivery);
    expect(archived?.record.query).toBe('page=1&api_key=[withheld]');
    expect(archived?.record.headers).toContainEqual({ name: 'x-token', value: null });
  });
});

describe('a refused request', () => {
  it.each([
    ['of a wrong secret', { secret: 'whsec_other' }, 'signature_invalid', 'signature_mismatch'],
    ['signed too long ago', { nowMs: Date.now() - 3_600_000 }, 'delivery_stale', 'timestamp_expired'],
  ])('%s gets 401 and a rejection record, and nothing reaches a domain topic', async (...[, signing, code, step]) => {
    const response = await post(signedByStripe(paymentSucceeded(), ingress.url, signing));

    const deliveryId = response.headers.get('trunkline-delivery-id');
    const answer = await answerOf(response);
    const [rejection] = await rejectionsOf(deliveryId);
    expect([response.status, answer.error]).toEqual([401, code]);
    expect(rejection?.record).toMatchObject({ deliveryId, step, code, answerStatus: 401, tenantId: 'tnt_test' });
    expect(await recordsOf(corner, 'payments.payment.v1', deliveryId)).toEqual([]);
    expect(await recordsOf(corner, 'ingress.delivery.v1', deliveryId)).toEqual([]);
  });

  it('to a source without a usable secret gets 503, since we cannot tell, and a rejection record', async () => {
    const response = await post(signedByStripe(paymentSucceeded(), ingress.url, { sourceId: 'src_blank' }));

    const [rejection] = await rejectionsOf(response.headers.get('trunkline-delivery-id'));
    expect([response.status, response.headers.has('retry-after')]).toEqual([503, true]);
    expect((await answerOf(response)).error).toBe('verification_unavailable');
    expect(rejection?.record).toMatchObject({ step: 'no_usable_secret', answerStatus: 503 });
  });

  it('whose verification throws gets 503, since that is our own bug', async () => {
    const response = await post(signedByStripe(paymentSucceeded(), ingress.url, { sourceId: 'src_throws' }));

    expect([response.status, (await answerOf(response)).error]).toEqual([503, 'verification_unavailable']);
  });

  it('without a signature gets 401', async () => {
    const response = await fetch(`${ingress.url}/hooks/src_stripe`, { method: 'POST', body: '{}' });

    expect([response.status, (await answerOf(response)).error]).toEqual([401, 'signature_missing']);
  });

  it.each([
    ['an unknown source', 'src_nowhere', 404, 'source_unknown'],
    ['a disabled source', 'src_disabled', 404, 'source_disabled'],
    ['a retired source', 'src_retired', 410, 'source_retired'],
  ])('to %s gets %s: %d %s', async (...[, sourceId, status, code]) => {
    const response = await post(signedByStripe(paymentSucceeded(), ingress.url, { sourceId }));

    expect([response.status, (await answerOf(response)).error]).toEqual([status, code]);
  });

  it('by another method gets 405 and the methods there are', async () => {
    const response = await fetch(`${ingress.url}/hooks/src_stripe`, { method: 'PUT', body: '{}' });

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each(['/', '/hooks', '/hooks/', '/hooks/src_stripe/more', '/admin', '/hooks/%ff'])(
    'to %s gets 4xx as JSON',
    async (path) => {
      const response = await fetch(`${ingress.url}${path}`, { method: 'POST', body: '{}' });

      expect([400, 404]).toContain(response.status);
      expect(Object.keys(await answerOf(response))).toEqual(['error', 'message']);
    },
  );

  it('above the limit of its source gets 413, announced or not, and the sender reads the answer', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024, 'x');
    const announced = await post(signedBody(body, ingress.url));
    const streamed = await postStreamed(`${ingress.url}/hooks/src_small`, body);

    expect([announced.status, (await answerOf(announced)).error]).toEqual([413, 'payload_too_large']);
    expect(streamed.status).toBe(413);
  });

  it('above the rate of rejection records is counted by the next record of its kind', async () => {
    const flood = '/hooks/src_flood';
    let sent = 0;
    const refuse = async (): Promise<void> => {
      await fetch(`${ingress.url}${flood}`, { method: 'POST' });
      sent += 1;
    };
    for (let count = 0; count < 60; count += 1) await refuse();

    const told = await vi.waitFor(async () => {
      // Until there is a record after the flood, which counts what was left out of it.
      await refuse();
      const records = (await rejectionsOf(flood)).map(({ record }) => record);
      const suppressed = records.reduce((sum, { suppressedBefore }) => sum + (suppressedBefore ?? 0), 0);
      if (records.length + suppressed < 60) throw new Error('not all of the flood is told of');
      return { records: records.length, suppressed };
    }, 60_000);

    expect(told.suppressed).toBeGreaterThan(0);
    expect(told.records + told.suppressed).toBeLessThanOrEqual(sent);
  });
});

function throwing(source: ConfiguredSource): ConfiguredSource {
  const verify = (): never => {
    throw new TypeError('no');
  };
  return { ...source, provider: { ...source.provider, verify } };
}

/** Rejection records are published behind the answer. */
async function rejectionsOf(part: string | null): Promise<Found<'ingress.rejection.v1'>[]> {
  return vi.waitFor(async () => {
    const found = await recordsOf(corner, 'ingress.rejection.v1', part);
    if (found.length === 0) throw new Error('no rejection record yet');
    return found;
  }, 60_000);
}

/** Without a Content-Length, in chunks. */
async function postStreamed(url: string, body: Buffer): Promise<Response> {
  // `duplex` is required by fetch for a stream and missing in its type.
  const request = { method: 'POST', body: new Blob([new Uint8Array(body)]).stream(), duplex: 'half' } as RequestInit;
  return fetch(url, request);
}
