import { createAddressGuard, createNameResolver } from '@trunkline/http-client';
import { type DnsServer, hostileNames, hostileUrls, hostileZone, startDnsServer } from '@trunkline/http-client/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld } from './testing/delivery-world.ts';

let world: DeliveryWorld;
let dns: DnsServer;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  dns = await startDnsServer((name) => hostileZone[name]);
});
afterAll(async () => {
  await world.close();
  await dns.close();
});

interface AttemptRow {
  readonly url: string;
  readonly code: string;
  readonly outcome: string | null;
  readonly detail: string;
}

it('posts to no URL of the table, however it came into the row, and says of each why', async () => {
  const urls = [...hostileUrls.map(([url]) => url), ...hostileNames];
  const tenants = ['tnt_hostile_0', 'tnt_hostile_1', 'tnt_hostile_2'];
  for (const [n, url] of urls.entries()) {
    const tenantId = tenants[n % tenants.length];
    const { endpointId } = await world.createEndpoint({ path: `/${n}`, schedule: '0', ...(tenantId && { tenantId }) });
    // As a version before may have saved it, whose table was shorter.
    await world.test.admin('UPDATE delivery.endpoint SET url = $2 WHERE endpoint_id = $1::uuid', [
      endpointId.slice('ep_'.length),
      url,
    ]);
  }
  world.startDispatcher('hostile', {
    guard: createAddressGuard(),
    resolve: createNameResolver({ servers: [dns.server] }),
  });

  for (const tenantId of tenants) await world.fanOut(world.payments(1, tenantId));
  const ended = async (): Promise<readonly AttemptRow[]> =>
    await world.test.admin<AttemptRow>(
      `SELECT e.url, a.code, a.outcome, a.detail FROM delivery.attempt a JOIN delivery.endpoint e USING (endpoint_id)
       WHERE a.outcome IS NOT NULL`,
    );
  await world.until('each has been tried', async () => (await ended()).length === urls.length);

  const rows = await ended();
  expect(rows.map(({ url }) => url).toSorted()).toEqual(urls.toSorted());
  expect(rows.filter(({ code, outcome }) => code !== 'address_denied' || outcome !== 'exhausted')).toEqual([]);
  expect(rows.filter(({ detail }) => !/^.*not a destination for requests: .{20}/.test(detail))).toEqual([]);
  expect(world.received).toEqual([]);
});
