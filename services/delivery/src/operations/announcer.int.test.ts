import { testOffers, toldEvents } from '@trunkline/consumer/testing';
import { isEventId } from '@trunkline/core';
import { disableEndpoint, enableEndpoint, findMessage, rotateSecret } from '@trunkline/delivery';
import { createLogger } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld } from '../testing/delivery-world.ts';
import { createAnnouncer } from './announcer.ts';

let world: DeliveryWorld;
let announcer: ReturnType<typeof createAnnouncer>;
let oldestSeconds: () => number = () => Number.NaN;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  const { events } = await testOffers('delivery');
  const log = createLogger({ name: 'test', version: '0', instance: 'a', level: 'fatal', sharesOutput: true });
  const metrics = { gauge: (_name: string, read: () => number): void => void (oldestSeconds = read) };
  announcer = createAnnouncer({ database: world.database, events, log, metrics });
  await announcer.start();
  world.startDispatcher();
});
afterAll(async () => {
  await announcer.stop({ deadlineMs: 1_000 });
  await world.close();
});

const told = (tenantId: string): ReturnType<typeof toldEvents> => toldEvents(world.test, 'delivery', [tenantId]);
const typesOf = (events: Awaited<ReturnType<typeof told>>): readonly string[] =>
  events.map(({ record }) => record.metadata.type.replace('delivery.', ''));
const untilTold = async (tenantId: string, count: number): Promise<Awaited<ReturnType<typeof told>>> => {
  await world.until('it is told', async () => (await told(tenantId)).length >= count);
  return await told(tenantId);
};

describe('what becomes of an endpoint', () => {
  it('is told in its order, under ids that follow from the endpoint and the number of the transition', async () => {
    const tenantId = 'tnt_told';
    const { endpointId } = await world.createEndpoint({ path: '/told', tenantId, schedule: '0,3600' });
    world.answers.set('/told', (_, response) => response.writeHead(500).end());

    await world.fanOut(world.payments(5, tenantId));
    await untilTold(tenantId, 3);
    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'moving' });
    world.answers.delete('/told');
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
    await world.fanOut(world.payments(1, tenantId));
    await untilTold(tenantId, 6);
    await rotateSecret(world.operator, { endpointId, actor: 'tester', nowMs: Date.now() }, world.vault);
    const events = await untilTold(tenantId, 7);

    expect(typesOf(events)).toEqual([
      'endpoint.created',
      'endpoint.failing',
      'endpoint.breaker_opened',
      'endpoint.disabled',
      'endpoint.enabled',
      'endpoint.recovered',
      'endpoint.secret_rotated',
    ]);
    expect(events.map(({ record }) => record.metadata.providerSequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(events.map(({ key }) => key))).toEqual(
      new Set([`${tenantId}:trunkline:delivery:endpoint:${endpointId}`]),
    );
    expect(events[3]?.record).toMatchObject({
      metadata: { sourceId: 'src_trunkline', provider: 'trunkline', entityKind: 'endpoint', entityId: endpointId },
      state: 'disabled',
      stateReason: 'moving',
    });
    expect(JSON.stringify(events)).not.toContain('/told');
  });
});

describe('what becomes of a message', () => {
  it('is told where it was not taken at once', async () => {
    const tenantId = 'tnt_messages';
    const { endpointId } = await world.createEndpoint({ path: '/late', tenantId, schedule: '0,0,0,0,0,0' });
    const refusals = new Map<string, number>();
    const [well, late, never] = world.payments(3, tenantId);
    if (well === undefined || late === undefined || never === undefined) throw new Error('no records');
    refusals.set(late.metadata.eventId, 4).set(never.metadata.eventId, 6);
    world.answers.set('/late', ({ headers }, response) => {
      const id = headers['webhook-id'] ?? '';
      const left = refusals.get(id) ?? 0;
      refusals.set(id, left - 1);
      response.writeHead(left > 0 ? 409 : 204).end();
    });

    await world.fanOut([well, late, never]);
    await untilTold(tenantId, 5);
    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'moving' });
    const skipped = world.payments(2, tenantId);
    const alike = world.payments(1, tenantId);
    await world.fanOut(skipped);
    await world.fanOut(alike);
    // Told after all of these, so they would be there by then.
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
    const events = (await untilTold(tenantId, 8)).filter(({ topic }) => topic === 'delivery.message.v1');

    const of = (record: typeof well | undefined): readonly string[] =>
      typesOf(
        events.filter(({ record: { metadata } }) => metadata.entityId === `${record?.metadata.eventId}/${endpointId}`),
      );
    expect(of(well)).toEqual([]);
    expect(of(late)).toEqual(['message.failing', 'message.recovered']);
    expect(of(never)).toEqual(['message.failing', 'message.exhausted']);
    expect(of(skipped[0])).toEqual(['message.skipped']);
    expect([...of(skipped[1]), ...of(alike[0])]).toEqual([]);
    expect(events.find(({ record }) => record.metadata.type === 'delivery.message.exhausted')?.record).toMatchObject({
      endpointId,
      messageId: never.metadata.eventId,
      messageType: 'payments.payment.succeeded',
      attempts: 6,
      code: 'http_409',
    });
  });
});

describe('an event about an endpoint', () => {
  it('is no message where no endpoint names such events', async () => {
    const tenantId = 'tnt_unasked';
    await world.createEndpoint({ path: '/unasked', tenantId, types: ['**'] });
    const [created] = await untilTold(tenantId, 1);
    if (created === undefined) throw new Error('nothing was told');

    await world.fanOut([created.record], 'delivery.endpoint.v1');

    expect(await world.test.admin(`SELECT FROM delivery.message WHERE tenant_id = '${tenantId}'`)).toEqual([]);
  });

  it('goes to endpoints that name such events, to none by a pattern for all, never to itself, and is the cause of no other', async () => {
    const tenantId = 'tnt_loop';
    const one = await world.createEndpoint({ path: '/one', tenantId, types: ['delivery.*'], schedule: '0,0,0,0,0' });
    const all = await world.createEndpoint({ path: '/all', tenantId, types: ['**', '*.*.created'] });
    const other = await world.createEndpoint({
      path: '/other',
      tenantId,
      types: ['delivery.*'],
      schedule: '0,0,0,0,0',
    });
    for (const path of ['/one', '/other']) world.answers.set(path, (_, response) => response.writeHead(422).end());
    const created = (await untilTold(tenantId, 3)).find(({ record }) => record.metadata.entityId === one.endpointId);
    const id = created?.record.metadata.eventId ?? '';
    if (created === undefined || !isEventId(id)) throw new Error('nothing was told');

    await world.fanOut([created.record], 'delivery.endpoint.v1');
    await world.until('it is given up', async () => {
      const history = await findMessage(world.operator, { eventId: id, tenants: [tenantId] });
      return history?.attempts.some(({ outcome }) => outcome === 'exhausted');
    });

    const history = await findMessage(world.operator, { eventId: id, tenants: [tenantId] });
    expect(history?.message.verdicts).toEqual({
      [one.endpointId]: 'itself',
      [all.endpointId]: 'type',
      [other.endpointId]: 'matched',
    });
    // Of the message that carries it nothing is told, nor is anything left to be told.
    await world.until(
      'everything is told',
      async () => (await world.test.admin('SELECT FROM delivery.announcement')).length === 0,
    );
    expect(typesOf(await told(tenantId)).filter((type) => type.startsWith('message.'))).toEqual([]);
  });
});

describe('news that cannot be told', () => {
  it('is measured by how long it waits, until it is told', async () => {
    await world.test.admin(
      `INSERT INTO delivery.announcement (tenant_id, endpoint_id, type, no, at, stated)
       VALUES ('tnt_stuck', gen_random_uuid(), 'delivery.endpoint.of_a_later_release', 1, now() - interval '90 seconds', '{}')`,
    );

    await expect.poll(() => oldestSeconds()).toBeGreaterThan(90);
    await world.test.admin(`DELETE FROM delivery.announcement WHERE tenant_id = 'tnt_stuck'`);

    await expect.poll(() => oldestSeconds()).toBe(0);
  });
});
