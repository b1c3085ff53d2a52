import { until } from '@trunkline/installation';
import type { ReceivedRequest } from '@trunkline/providers';
import { type Answer, postRequest } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { countOn, ingressRecords } from './facts.ts';
import { paymentBody, paymentRequest, stripeRequest } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

/** Rejections of one source and step that are recorded at once; the rest is only counted, because anybody can cause them. */
const recordedAtOnce = 20;
const sampledPositions = 40;

let world: E2eWorld;
beforeAll(async () => {
  world = await startWorld(inject('stack'), { services: ['payments'] });
});
afterAll(() => world?.close());

const post = (request: ReceivedRequest): Promise<Answer> => postRequest(world.ingressUrl, request);

describe('a request signed by the official stripe package', () => {
  it.each(['created', 'processing', 'requires_action', 'payment_failed', 'canceled', 'succeeded'])(
    'is accepted: payment_intent.%s',
    async (name) => {
      const request = paymentRequest({ fixture: `payment_intent.${name}`, payment: 'official' }, world.stripeSecret);

      const answer = await post(request);

      expect(answer).toMatchObject({ status: 200, eventIds: [expect.stringMatching(/^evt_/)] });
    },
  );

  it('is refused with 401 and a record of it when one byte of its body is changed, wherever', async () => {
    const request = paymentRequest({ fixture: 'payment_intent.succeeded', payment: 'changedBody' }, world.stripeSecret);
    const changed = positions(request.body.length).map((at) => ({
      ...request,
      body: withChangedByte(request.body, at),
    }));
    const before = await countOn(world, 'payments.payment.v1');

    const answers = await Promise.all(changed.map(post));

    expect(answers.map(({ status }) => status)).toEqual(changed.map(() => 401));
    expect(await rejectionsOf(answers, recordedAtOnce)).toContainEqual(
      expect.objectContaining({
        tenantId: 'tnt_e2e',
        sourceId: 'src_stripe',
        code: 'signature_invalid',
        answerStatus: 401,
        bodyBytes: request.body.length,
      }),
    );
    expect(await countOn(world, 'payments.payment.v1')).toBe(before);
  });

  it('is refused with 401 and a record of it when one character of its signature is changed, wherever', async () => {
    const request = paymentRequest(
      { fixture: 'payment_intent.succeeded', payment: 'changedHeader' },
      world.stripeSecret,
    );
    const signature = request.headers.find(([name]) => name === 'stripe-signature')?.[1] ?? '';
    const changed = positions(signature.length).map((at) =>
      withSignature(request, withChangedCharacter(signature, at)),
    );
    const before = await countOn(world, 'payments.payment.v1');

    const answers = await Promise.all(changed.map(post));

    expect(answers.map(({ status }) => status)).toEqual(changed.map(() => 401));
    expect((await rejectionsOf(answers, 1)).map(({ answerStatus }) => answerStatus)).toContain(401);
    expect(await countOn(world, 'payments.payment.v1')).toBe(before);
  });
});

describe('a source without a usable secret', () => {
  it('answers everything with 503, whatever it is signed with, so that senders come again', async () => {
    const body = paymentBody({ fixture: 'payment_intent.succeeded', payment: 'noSecret' });
    const unsigned = { ...stripeRequest(body, world.stripeSecret, 'src_no_secret'), headers: [] };
    const signed = [world.stripeSecret, ' ', 'undefined', 'E2E_NOT_SET'].map((secret) =>
      stripeRequest(body, secret, 'src_no_secret'),
    );

    const answers = await Promise.all([unsigned, ...signed].map(post));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    const steps = (await rejectionsOf(answers, answers.length)).map(({ step }) => step);
    expect(steps).toEqual(answers.map(() => 'no_usable_secret'));
  });
});

describe('a body of 2 MiB', () => {
  const body = JSON.stringify({ id: 'evt_large', padding: 'x'.repeat(2 * 1024 * 1024) });

  it('is refused with 413, although its signature is right', async () => {
    const request = stripeRequest(body, world.stripeSecret);

    const answer = await post(request);

    expect(answer).toMatchObject({ status: 413, eventIds: [] });
  });

  it('is refused with 413 when it does not say its length', async () => {
    const { headers, target } = stripeRequest(body, world.stripeSecret);

    const response = await fetch(`${world.ingressUrl}${target}`, {
      method: 'POST',
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: new Blob([body]).stream(),
      duplex: 'half',
      signal: AbortSignal.timeout(15_000),
    });

    expect(response.status).toBe(413);
  });
});

describe('authentic garbage', () => {
  it.each([
    ['no JSON', 'this is not JSON'],
    ['JSON that is no object', '[]'],
    ['an object that is no event', '{"hello":"world"}'],
    ['a member twice', '{"id":"evt_1","id":"evt_2","object":"event","livemode":false}'],
    ['nothing', ''],
  ])('is answered with 2xx and archived as unnormalised, byte for byte: %s', async (_what, body) => {
    const request = stripeRequest(body, world.stripeSecret);

    const answer = await post(request);

    expect(answer.status).toBe(200);
    const archived = (await ingressRecords(world, 'ingress.delivery.v1')).get(answer.deliveryId ?? '');
    expect(archived).toMatchObject({ verdict: 'unnormalised', sourceId: 'src_stripe', answerStatus: 200 });
    expect(archived?.body.toString('utf8')).toBe(body);
  });
});

/** The rejection records of these answers, as soon as so many are there: they are written after the answer. */
async function rejectionsOf(answers: readonly Answer[], atLeast: number) {
  return until(
    `${atLeast} rejection records`,
    async () => {
      const recorded = await ingressRecords(world, 'ingress.rejection.v1');
      const found = answers.flatMap(({ deliveryId }) => recorded.get(deliveryId ?? '') ?? []);
      return found.length >= atLeast ? found : undefined;
    },
    { everyMs: 250 },
  );
}

/** The first position, the last, and those spread between. */
function positions(length: number): readonly number[] {
  return Array.from({ length: sampledPositions }, (_, index) =>
    Math.round((index * (length - 1)) / (sampledPositions - 1)),
  );
}

function withChangedByte(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0x01;
  return changed;
}

/** To the next character of the alphabet a header may hold. */
function withChangedCharacter(text: string, at: number): string {
  const code = text.charCodeAt(at);
  return text.slice(0, at) + String.fromCharCode(code < 0x7e ? code + 1 : 0x21) + text.slice(at + 1);
}

function withSignature(request: ReceivedRequest, signature: string): ReceivedRequest {
  return {
    ...request,
    headers: request.headers.map(([name, value]) => [name, name === 'stripe-signature' ? signature : value]),
  };
}
