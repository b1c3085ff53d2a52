import { lookForAlerts, operatedDirectory } from '@trunkline/consumer/testing';
import { disableEndpoint, type EndpointId, endpointUuid } from '@trunkline/delivery';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { alerts } from './alerts.ts';
import { type DeliveryWorld, openDeliveryWorld } from './testing/delivery-world.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
});
afterAll(() => world.close());

const look = (tenantId: string) =>
  lookForAlerts(world.database, alerts, { directory: { ...operatedDirectory, tenants: () => [tenantId] } });

describe('operators are told', () => {
  it('of an endpoint that will be disabled, at each part of the time until then, once', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/failing', tenantId: 'tnt_failing' });
    const subjects: string[][] = [];
    for (const told of [0, 50, 50, 75]) {
      await fails(endpointId, told);
      subjects.push((await look('tnt_failing')).map(({ subject }) => subject));
    }

    expect(subjects).toEqual([[], [`${endpointId}/50`], [], [`${endpointId}/75`]]);
  });

  it('of one that is disabled after failures', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/gone', tenantId: 'tnt_gone' });
    world.answers.set('/gone', (_, response) => response.writeHead(410).end());
    const dispatcher = world.startDispatcher();
    await world.fanOut(world.payments(1, 'tnt_gone'));
    await world.until('it is disabled', async () => (await stateOf(endpointId)) === 'disabled');
    await dispatcher.stop({ deadlineMs: 5_000 });

    expect(await look('tnt_gone')).toEqual([
      {
        template: 'operator_endpoint_disabled',
        subject: endpointId,
        parameters: { endpoint: endpointId, tenant: 'tnt_gone', reason: 'it answered 410 Gone' },
      },
    ]);
  });

  it('of one whose filter cannot judge events, once a day, and not when the filter is gone', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/filtered', tenantId: 'tnt_filtered' });
    await world.test.admin(
      `INSERT INTO delivery.endpoint_health (endpoint_id, tenant_id, filter_failed_at, filter_failure)
       VALUES ($1::uuid, 'tnt_filtered', now(), 'a division by zero')`,
      [endpointUuid(endpointId)],
    );
    const set = (change: string) =>
      world.test.admin(`UPDATE delivery.${change} WHERE endpoint_id = $1::uuid`, [endpointUuid(endpointId)]);
    await set(`endpoint SET filter = 'data.amount / 0 > 1'`);

    expect(await look('tnt_filtered')).toMatchObject([
      {
        template: 'operator_filter_failed',
        subject: endpointId,
        parameters: { endpoint: endpointId, tenant: 'tnt_filtered' },
      },
    ]);
    expect(await look('tnt_filtered')).toEqual([]);
    await set(`endpoint_health SET filter_failed_at = now() - interval '25 hours'`);
    expect(await look('tnt_filtered')).toEqual([]);
    await set('endpoint_health SET filter_failed_at = now()');
    await set(`endpoint SET filter = ''`);
    expect(await look('tnt_filtered')).toEqual([]);
    await set(`endpoint SET filter = 'data.amount / 0 > 1'`);
    expect(await look('tnt_filtered')).toHaveLength(1);
  });

  it('not of one that never failed and that an operator disabled', async () => {
    const { endpointId } = await world.createEndpoint({ path: '/moving', tenantId: 'tnt_moving' });
    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'moving' });

    expect(await look('tnt_moving')).toEqual([]);
  });
});

/** As the dispatcher writes it down. */
async function fails(endpointId: EndpointId, told: number): Promise<void> {
  await world.test.admin(
    `INSERT INTO delivery.endpoint_health (endpoint_id, tenant_id, last_code, failing_since, failures, told)
     VALUES ($1::uuid, 'tnt_failing', 'http_500', now(), 20, $2)
     ON CONFLICT (endpoint_id) DO UPDATE SET told = excluded.told`,
    [endpointUuid(endpointId), told],
  );
}

async function stateOf(endpointId: EndpointId): Promise<string | undefined> {
  const [row] = await world.test.admin<{ state: string }>(
    'SELECT state FROM delivery.endpoint WHERE endpoint_id = $1::uuid',
    [endpointUuid(endpointId)],
  );
  return row?.state;
}
