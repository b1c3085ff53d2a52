import { isEventId } from '@trunkline/core';
import {
  disableEndpoint,
  deleteEndpoint,
  enableEndpoint,
  findMessage,
  listUndelivered,
  resendMessage,
  rotateSecret,
} from '@trunkline/delivery';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld, type Received } from './testing/delivery-world.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  world.startDispatcher();
});
afterAll(() => world.close());

const at = (path: string): readonly Received[] => world.received.filter((request) => request.path === path);
const idOf = (record: { readonly metadata: { readonly eventId: string } }): `evt_${string}` => {
  const { eventId } = record.metadata;
  if (!isEventId(eventId)) throw new Error('no event id');
  return eventId;
};
const undelivered = (tenant = 'tnt_a'): ReturnType<typeof listUndelivered> =>
  listUndelivered(world.operator, { tenant, sinceMs: 0, limit: 1_000 });
const history = async (record: Parameters<typeof idOf>[0], tenant = 'tnt_a') =>
  findMessage(world.operator, { eventId: idOf(record), tenants: [tenant] });

describe('an event of a tenant with endpoints', () => {
  it('reaches each that wants it once, signed so that the official libraries verify it, however often it is received', async () => {
    const one = await world.createEndpoint({ path: '/one' });
    const two = await world.createEndpoint({ path: '/two', types: ['payments.payment.succeeded'] });
    await world.createEndpoint({ path: '/crm', types: ['crm.*'] });
    const records = world.payments(20);

    await world.fanOut(records);
    await world.fanOut(records);
    await world.until('all have arrived', () => at('/one').length >= 20 && at('/two').length >= 20);
    await world.until('all is written', async () => (await undelivered()).length === 0);

    for (const [path, { secret }] of [
      ['/one', one],
      ['/two', two],
    ] as const) {
      const requests = at(path);
      expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(records.map(idOf)));
      expect(requests).toHaveLength(20);
      for (const { body, headers } of requests) {
        expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'payments.payment.succeeded' });
        expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
      }
    }
    expect(at('/crm')).toEqual([]);
  });

  it('says who was to be told, and each attempt', async () => {
    await world.createEndpoint({ path: '/told', tenantId: 'tnt_told' });
    const [record] = world.payments(1, 'tnt_told');
    if (record === undefined) throw new Error('no record');

    await world.fanOut([record]);
    await world.until('it is written', async () => (await history(record, 'tnt_told'))?.attempts.length === 1);

    expect(await history(record, 'tnt_told')).toMatchObject({
      message: { type: 'payments.payment.succeeded', matched: 1 },
      waiting: [],
      attempts: [{ no: 1, code: 'ok', status: 204, outcome: 'delivered' }],
    });
  });

  it('is not told to endpoints of another tenant, and a tenant without endpoints has no message', async () => {
    const [theirs] = world.payments(1, 'tnt_without');
    const before = world.received.length;
    if (theirs === undefined) throw new Error('no record');

    await world.fanOut([theirs]);

    expect(await world.test.admin(`SELECT FROM delivery.message WHERE tenant_id = 'tnt_without'`)).toEqual([]);
    expect(world.received.length).toBe(before);
  });

  it('that came before the endpoint was made is not for it', async () => {
    const [old] = world.payments(1, 'tnt_late');
    if (old === undefined) throw new Error('no record');
    const metadata = { ...old.metadata, receivedAt: old.metadata.receivedAt - 60_000 };
    await world.createEndpoint({ path: '/late', tenantId: 'tnt_late' });

    await world.fanOut([{ ...old, metadata }]);

    expect(await undelivered('tnt_late')).toMatchObject([{ endpointId: null, reason: 'unmatched/created_later' }]);
  });
});

describe('an endpoint that fails', () => {
  it('is tried again under the same id, and its answer is kept', async () => {
    await world.createEndpoint({ path: '/flaky', tenantId: 'tnt_flaky', schedule: '0,0,0' });
    let answered = 0;
    world.answers.set('/flaky', (_, response) => response.writeHead((answered += 1) < 3 ? 500 : 200).end('no\0pe'));
    const [record] = world.payments(1, 'tnt_flaky');
    if (record === undefined) throw new Error('no record');

    await world.fanOut([record]);
    await world.until('it is delivered', async () =>
      (await history(record, 'tnt_flaky'))?.attempts.some(({ outcome }) => outcome === 'delivered'),
    );

    const { attempts = [] } = (await history(record, 'tnt_flaky')) ?? {};
    expect(attempts.map(({ no, code, outcome }) => [no, code, outcome])).toEqual([
      [1, 'http_5xx', null],
      [2, 'http_5xx', null],
      [3, 'ok', 'delivered'],
    ]);
    expect(attempts[0]?.body).toBe('no\0pe');
    expect(at('/flaky').map(({ headers }) => headers['trunkline-attempt'])).toEqual(['1', '2', '3']);
    expect(new Set(at('/flaky').map(({ headers, body }) => `${headers['webhook-id']} ${body.toString()}`)).size).toBe(
      1,
    );
  });

  it('holds its messages back for as long as it asks for, and goes on with one at a time', async () => {
    await world.createEndpoint({ path: '/busy', tenantId: 'tnt_busy' });
    const times: number[] = [];
    world.answers.set('/busy', (_, response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(204).end();
    });

    await world.fanOut(world.payments(3, 'tnt_busy'));
    await world.until(
      'all are delivered',
      async () => times.length >= 4 && (await undelivered('tnt_busy')).length === 0,
    );

    expect(times).toHaveLength(4);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
  });

  it('gives up after the last step, says why, and a message can be sent again', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/dead', tenantId: 'tnt_dead', schedule: '0,0' });
    world.answers.set('/dead', (_, response) => response.writeHead(404).end());
    const [record] = world.payments(1, 'tnt_dead');
    if (record === undefined) throw new Error('no record');

    await world.fanOut([record]);
    await world.until(
      'it is given up',
      async () => (await undelivered('tnt_dead'))[0]?.reason === 'exhausted/http_404',
    );
    world.answers.delete('/dead');
    const resent = await resendMessage(world.operator, {
      eventId: idOf(record),
      tenants: ['tnt_dead'],
      actor: 'tester',
    });
    await world.until('it has arrived', async () => (await undelivered('tnt_dead')).length === 0);

    expect(resent).toMatchObject({ kind: 'resent', endpoints: [endpointId] });
    const last = at('/dead').at(-1)?.headers;
    expect(last).toMatchObject({ 'webhook-id': idOf(record), 'trunkline-resend': 'true', 'trunkline-attempt': '3' });
  });

  it('is disabled at once when it answers 410, and what comes meanwhile is skipped, not lost', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/gone', tenantId: 'tnt_gone' });
    world.answers.set('/gone', (_, response) => response.writeHead(410).end());
    const [first, second] = world.payments(2, 'tnt_gone');
    if (first === undefined || second === undefined) throw new Error('no records');

    await world.fanOut([first]);
    await world.until(
      'it is disabled',
      async () =>
        (
          await world.test.admin<{ state: string }>(`SELECT state FROM delivery.endpoint WHERE tenant_id = 'tnt_gone'`)
        )[0]?.state === 'disabled',
    );
    await world.fanOut([second]);
    const reasons = new Map((await undelivered('tnt_gone')).map(({ eventId, reason }) => [eventId, reason]));
    world.answers.delete('/gone');
    const refusal = resendMessage(world.operator, { eventId: idOf(second), tenants: ['tnt_gone'], actor: 'tester' });
    await expect(refusal).rejects.toThrow(/is disabled: enable it/);
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
    for (const record of [first, second])
      await resendMessage(world.operator, { eventId: idOf(record), tenants: ['tnt_gone'], actor: 'tester' });
    await world.until('both have arrived', async () => (await undelivered('tnt_gone')).length === 0);

    expect(reasons).toEqual(
      new Map([
        [idOf(first), 'exhausted/http_410'],
        [idOf(second), 'skipped/disabled'],
      ]),
    );
  });

  it('does not keep others waiting: one that hangs has one request at a time', async () => {
    await world.createEndpoint({ path: '/hangs', tenantId: 'tnt_hangs', timeoutMs: 1_000, schedule: '0' });
    await world.createEndpoint({ path: '/well', tenantId: 'tnt_hangs' });
    world.answers.set('/hangs', () => undefined);
    const records = world.payments(50, 'tnt_hangs');

    const startedAtMs = performance.now();
    await world.fanOut(records);
    await world.until('the other one has all', () => at('/well').length === 50);

    // Each takes its second.
    expect(at('/hangs').length).toBeLessThan(5 + (performance.now() - startedAtMs) / 1_000);
    const [hanging] = await world.operator.transaction(['tnt_hangs'], (tx) =>
      tx.query<{ endpoint_id: string }>(`SELECT endpoint_id FROM delivery.endpoint WHERE url LIKE '%/hangs'`),
    );
    await deleteEndpoint(world.operator, {
      endpointId: `ep_${hanging?.endpoint_id.replaceAll('-', '') ?? ''}`,
      actor: 'tester',
    });
    await world.until('the rest is discarded', async () =>
      (await undelivered('tnt_hangs')).every(({ reason }) => !reason.startsWith('waiting')),
    );
  });
});

describe('an endpoint that is dead', () => {
  it('is left alone after five failures in a row: what waits for it is not touched until somebody changes it', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/silent', tenantId: 'tnt_silent', schedule: '0,3600' });
    world.answers.set('/silent', (_, response) => response.writeHead(500).end());

    await world.fanOut(world.payments(12, 'tnt_silent'));
    await world.until('five were tried', async () => {
      const reasons = (await undelivered('tnt_silent')).map(({ reason }) => reason);
      return reasons.filter((reason) => reason === 'waiting/http_5xx').length === 5;
    });
    const before = at('/silent').length;
    world.answers.delete('/silent');
    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'a test' });
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
    await world.until('the others have arrived', async () => (await undelivered('tnt_silent')).length === 5);

    expect(before).toBe(5);
  });
});

describe('an endpoint that is changed', () => {
  it('is signed for with the old and the new secret during a rotation', async () => {
    const { endpointId, secret: old } = await world.createEndpoint({ path: '/rotated', tenantId: 'tnt_rotated' });
    const change = { endpointId, actor: 'tester', nowMs: Date.now(), overlapMs: 60_000 };
    const rotated = await rotateSecret(world.operator, change, world.vault);

    await world.fanOut(world.payments(1, 'tnt_rotated'));
    await world.until('it has arrived', () => at('/rotated').length === 1);

    const [request] = at('/rotated');
    if (request === undefined || rotated === undefined) throw new Error('nothing arrived');
    for (const secret of [old, rotated.secret])
      expect(() => new Webhook(secret).verify(request.body, request.headers)).not.toThrow();
  });

  it('has its waiting messages back when it is enabled again', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/paused', tenantId: 'tnt_paused', schedule: '0,0,0,1' });
    world.answers.set('/paused', (_, response) => response.writeHead(500).end());
    await world.fanOut(world.payments(2, 'tnt_paused'));
    await world.until('it was tried', () => at('/paused').length >= 2);

    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'a test' });
    world.answers.delete('/paused');
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });

    await world.until('all have arrived', async () => (await undelivered('tnt_paused')).length === 0);
    expect(new Set(at('/paused').map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('that is deleted has no secrets any more, and its messages are discarded', async () => {
    const { endpointId } = await world.createEndpoint({
      path: '/deleted',
      tenantId: 'tnt_deleted',
      schedule: '0,3600',
    });
    world.answers.set('/deleted', (_, response) => response.writeHead(500).end());
    const records = world.payments(2, 'tnt_deleted');
    await world.fanOut(records);
    await world.until('it was tried', async () =>
      (await undelivered('tnt_deleted')).every(({ reason }) => reason === 'waiting/http_5xx'),
    );

    await deleteEndpoint(world.operator, { endpointId, actor: 'tester' });

    await world.until('they are discarded', async () =>
      (await undelivered('tnt_deleted')).every(({ reason }) => reason === 'discarded/endpoint_deleted'),
    );
    expect(await world.test.admin(`SELECT FROM delivery.endpoint_secret WHERE tenant_id = 'tnt_deleted'`)).toEqual([]);
    expect(await world.test.admin(`SELECT FROM delivery.vault_key WHERE tenant_id = 'tnt_deleted'`)).toEqual([]);
  });
});

describe('several processes that send', () => {
  it('share the endpoints, send each message once, and take over what one leaves', async () => {
    const second = world.startDispatcher('second');
    await world.until('both own some', async () => {
      const owners = await world.test.admin<{ n: number }>(
        `SELECT count(*)::integer AS n FROM delivery.shard WHERE owner IS NOT NULL GROUP BY owner`,
      );
      return owners.length === 2 && owners.every(({ n }) => n === 128);
    });
    for (let index = 0; index < 8; index += 1)
      await world.createEndpoint({ path: `/shared/${index}`, tenantId: 'tnt_shared' });

    await world.fanOut(world.payments(10, 'tnt_shared'));
    await world.until('all have arrived', async () => (await undelivered('tnt_shared')).length === 0);
    await second.stop({ deadlineMs: 3_000 });
    await world.fanOut(world.payments(10, 'tnt_shared'));
    await world.until('all have arrived again', async () => (await undelivered('tnt_shared')).length === 0);

    const requests = world.received.filter(({ path }) => path.startsWith('/shared/'));
    expect(requests).toHaveLength(160);
    expect(new Set(requests.map(({ path, headers }) => `${path} ${headers['webhook-id']}`)).size).toBe(160);
  });
});
