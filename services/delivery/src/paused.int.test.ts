import {
  disableEndpoint,
  enableEndpoint,
  type EndpointId,
  findEndpoint,
  listUndelivered,
  pauseEndpoint,
  resumeEndpoint,
} from '@trunkline/delivery';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld } from './testing/delivery-world.ts';

const dayMs = 86_400_000;

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  world.startDispatcher();
});
afterAll(() => world.close());

const by = (endpointId: EndpointId) => ({ endpointId, actor: 'tester' });
const pause = (endpointId: EndpointId) => pauseEndpoint(world.operator, { ...by(endpointId), reason: 'release' });
const idsAt = (path: string): readonly unknown[] =>
  world.received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id']);
const undelivered = (tenant: string) =>
  listUndelivered(world.operator, { tenant, sinceMs: Date.now() - dayMs, limit: 100 });

describe('an endpoint that is paused', () => {
  it('gets what came meanwhile when it is resumed: all of it, once, in its order', async () => {
    const tenantId = 'tnt_paused';
    const path = '/paused';
    const { endpointId } = await world.createEndpoint({ path, tenantId, ordering: 'endpoint' });
    await pause(endpointId);
    const given = [1, 2, 3].map(() => world.payments(1, tenantId));

    for (const records of given) await world.fanOut(records);
    // Somebody else is sent to meanwhile: it is not that nothing is looked for yet.
    await world.createEndpoint({ path: '/other', tenantId: 'tnt_other' });
    await world.fanOut(world.payments(1, 'tnt_other'));
    await world.until('the other one has its message', () => idsAt('/other').length === 1);
    const waiting = await undelivered(tenantId);
    const before = idsAt(path).length;
    await resumeEndpoint(world.operator, by(endpointId));
    await world.until('all have arrived', () => idsAt(path).length >= 3);

    expect(before).toBe(0);
    expect(waiting.map(({ reason, nextAtMs }) => [reason, nextAtMs])).toEqual(
      given.map(() => ['waiting/paused', null]),
    );
    expect(idsAt(path)).toEqual(given.flat().map(({ metadata }) => metadata.eventId));
    await world.until('nothing waits', async () => (await undelivered(tenantId)).length === 0);
    expect(
      await world.test.admin(
        `SELECT type, stated ->> 'state' AS state FROM delivery.announcement WHERE endpoint_id = $1`,
        [endpointId.slice('ep_'.length)],
      ),
    ).toEqual(
      expect.arrayContaining([
        { type: 'delivery.endpoint.paused', state: 'paused' },
        { type: 'delivery.endpoint.enabled', state: 'enabled' },
      ]),
    );
  });

  it('collects as long as a message is worth sending; what comes then is skipped, and says why', async () => {
    const tenantId = 'tnt_long';
    const { endpointId } = await world.createEndpoint({ path: '/long', tenantId });
    await pause(endpointId);
    await world.test.admin(
      `UPDATE delivery.endpoint SET state_since = now() - interval '5 days' WHERE tenant_id = $1`,
      [tenantId],
    );

    await world.fanOut(world.payments(1, tenantId));

    expect(await undelivered(tenantId)).toMatchObject([{ reason: 'skipped/disabled', endpointId }]);
    expect(await world.test.admin('SELECT detail FROM delivery.attempt WHERE tenant_id = $1', [tenantId])).toEqual([
      { detail: 'it is paused for more than 5 days' },
    ]);
  });

  it('is not what an endpoint becomes, or stops being, that is disabled', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/disabled', tenantId: 'tnt_disabled' });
    await disableEndpoint(world.operator, { ...by(endpointId), reason: 'moving' });

    await expect(pause(endpointId)).rejects.toThrow(
      `${endpointId} is disabled, so it cannot be told to pause: enable it`,
    );
    await expect(resumeEndpoint(world.operator, by(endpointId))).rejects.toThrow('cannot be told to resume: enable it');
    const known = await findEndpoint(world.operator, endpointId);
    expect(known?.endpoint).toMatchObject({ state: 'disabled', stateReason: 'moving' });
  });
});

it('an endpoint that is enabled again has its whole time, whatever failed before', async () => {
  const tenantId = 'tnt_again';
  const path = '/again';
  const { endpointId } = await world.createEndpoint({ path, tenantId, schedule: '0' });
  await world.test.admin(
    `INSERT INTO delivery.endpoint_health (endpoint_id, tenant_id, last_code, failing_since, failures, told)
     VALUES ($1, $2, 'http_5xx', now() - interval '6 days', 100, 90)`,
    [endpointId.slice('ep_'.length), tenantId],
  );
  await disableEndpoint(world.operator, { ...by(endpointId), reason: 'no success for 5 days in 100 failures' });
  await enableEndpoint(world.operator, by(endpointId));
  world.answers.set(path, (_, response) => void response.writeHead(500).end());

  await world.fanOut(world.payments(1, tenantId));
  await world.until('it has failed', async () => (await undelivered(tenantId))[0]?.reason === 'exhausted/http_5xx');

  const known = await findEndpoint(world.operator, endpointId);
  expect(known?.endpoint.state).toBe('enabled');
  expect(known?.health).toMatchObject({ failures: 1, told: 0 });
});
