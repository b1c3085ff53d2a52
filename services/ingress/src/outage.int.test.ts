import { TrunklineError } from '@trunkline/core';
import { createKafkaConnection, createPublisher, type Publisher } from '@trunkline/kafka';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import {
  type Corner,
  genericSource,
  prepareCorner,
  recordsOf,
  startIngress,
  stripeSource,
} from './testing/running-ingress.ts';
import { type RouteOptions, type RunningRoute, startRoute } from './testing/running-route.ts';
import {
  answerOf,
  paymentSucceeded,
  post,
  postWithToken,
  sendRaw,
  signedBody,
  signedByStripe,
  slowDelivery,
  statusOf,
} from './testing/sending.ts';

/** Nobody listens there: the discard port needs a privileged server. */
const deadAddress = '127.0.0.1:9';

let corner: Corner;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
}, 120_000);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('without Kafka', () => {
  it('answers 503 with Retry-After within the accept deadline of the source', async () => {
    const soon = stripeSource({ acceptDeadlineMs: 700 });
    const late = stripeSource({ acceptDeadlineMs: 6_000, sourceId: 'src_late' });
    const route = await routeWithoutKafka({ sources: [soon, late] });
    const answered: string[] = [];
    const send = async (sourceId: string): Promise<Response> => {
      const response = await post(signedByStripe(paymentSucceeded(), route.url, { sourceId }));
      answered.push(sourceId);
      return response;
    };
    const began = performance.now();

    const [, response] = await Promise.all([send('src_late'), send('src_stripe')]);

    expect([response.status, (await answerOf(response)).error]).toEqual([503, 'publish_unavailable']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(answered).toEqual(['src_stripe', 'src_late']);
    expect(performance.now() - began).toBeGreaterThan(5_900);
  });

  it('still refuses a wrong signature with 401', async () => {
    const route = await routeWithoutKafka({});

    const response = await post(signedByStripe(paymentSucceeded(), route.url, { secret: 'whsec_other' }));

    expect(response.status).toBe(401);
  });

  it('holds no more bytes than its budget, answers 503 to the rest, and has let go of all when it is over', async () => {
    const bodyBytesInFlight = 1024 * 1024;
    // Kafka is silent until there was one too many, however slowly they come.
    const full = Promise.withResolvers<void>();
    const publish = async (): Promise<never> => {
      await full.promise;
      throw new TrunklineError('publish_unavailable', 'no broker');
    };
    const publisher: Publisher = {
      publish,
      state: () => 'failing',
      waitingBytes: () => 0,
      close: async () => undefined,
    };
    const route = await startRoute({ corner, publisher, bodyBytesInFlight, arrivalTimeoutMs: 60_000 });
    closing.push(() => route.server.stop(2_000));
    const body = Buffer.alloc(100_000, 'x');
    const send = async (): Promise<Response> => {
      const response = await post(signedBody(body, route.url));
      if ((await answerOf(response.clone())).error === 'overloaded') full.resolve();
      return response;
    };

    const responses = await Promise.all(Array.from({ length: 60 }, send));

    const errors = await Promise.all(responses.map(async (response) => (await answerOf(response)).error));
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([503]));
    expect(new Set(errors)).toEqual(new Set(['overloaded', 'publish_unavailable']));
    expect(responses.every((response) => response.headers.has('retry-after'))).toBe(true);
    expect(route.peakBytes()).toBeLessThanOrEqual(bodyBytesInFlight);
    expect(route.budget.used()).toBe(0);
  });

  it('says so on /readyz from the start, and answers deliveries 503', async () => {
    const servers = { ...corner.servers, kafkaBrokers: deadAddress };
    const ingress = await startIngress({ corner: { ...corner, servers } });
    closing.push(() => ingress.app.stop(3_000));

    const response = await postWithToken(ingress.url, '{}');
    const ready = await fetch(`${ingress.url}/readyz`);

    expect([response.status, response.headers.has('retry-after')]).toEqual([503, true]);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }]);
    expect(ingress.readiness()).toMatchObject({ ready: false, checks: { kafka: { ok: false } } });
  }, 60_000);
});

describe('without the schema registry', () => {
  it('starts, is not ready and says why', async () => {
    const servers = { ...corner.servers, registryUrl: `http://${deadAddress}/apis/ccompat/v7` };
    const ingress = await startIngress({ corner: { ...corner, servers } });
    closing.push(() => ingress.app.stop(3_000));

    const response = await postWithToken(ingress.url, '{}');

    expect(response.status).toBe(503);
    expect(ingress.readiness().checks['schemas']).toMatchObject({
      ok: false,
      detail: expect.stringContaining('registry'),
    });
    expect(ingress.fatal).toEqual([]);
  });

  it('refuses to start on topics that nobody created', async () => {
    const starting = startIngress({ corner: { ...corner, namespace: `${corner.namespace}none.` } });

    await expect(starting).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('stopping', () => {
  it('answers what is under way, tells connections to end, and takes no more', async () => {
    const ingress = await startIngress({ corner, sources: [genericSource({})] });
    const slow = slowDelivery(ingress.port);
    await slow.taken;

    const stopped = ingress.app.stop(60_000);
    await vi.waitFor(async () => expect(await sendRaw(ingress.port, 'GET /livez HTTP/1.0\r\n\r\n')).toBe(''), 60_000);
    const answer = await slow.finish();
    await stopped;

    expect(statusOf(answer)).toBe(200);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('leaves the rejection records of the last requests on Kafka', async () => {
    const ingress = await startIngress({ corner });
    const response = await post(signedByStripe(paymentSucceeded(), ingress.url, { secret: 'whsec_other' }));

    await ingress.app.stop(30_000);

    expect(await recordsOf(corner, 'ingress.rejection.v1', response.headers.get('trunkline-delivery-id'))).toHaveLength(
      1,
    );
  });

  it('cuts what is not finished at the deadline', async () => {
    const ingress = await startIngress({ corner });
    const slow = slowDelivery(ingress.port);
    await slow.taken;

    await ingress.app.stop(600);

    // Not the 408 that it would get when the time for its body is over.
    expect(await slow.closed).toBe('');
  });
});

/** A route whose publisher knocks at a port that nobody listens on. */
async function routeWithoutKafka(options: Partial<RouteOptions>): Promise<RunningRoute> {
  const connection = createKafkaConnection({
    brokers: [deadAddress],
    clientId: 'test',
    log: () => undefined,
  });
  const publisher: Publisher = await createPublisher(connection, { limits: { maxRecordBytes: 1024 * 1024 } });
  const route = await startRoute({ corner, publisher, ...options });
  closing.push(async () => {
    await route.server.stop(2_000);
    await publisher.close({ deadlineMs: 500 });
  });
  return route;
}
