import { until } from '@trunkline/installation';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createListener } from './listen.ts';
import { createTestDatabase, createTestService, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
let service: Awaited<ReturnType<typeof createTestService>>;
beforeAll(async () => {
  service = await createTestService('shop', {});
  database = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await database.drop();
  await service.remove();
});

describe('a listener', () => {
  it('hears what a transaction tells when it commits, and goes on after Postgres was away', async () => {
    const heard: string[] = [];
    let connections = 0;
    const listener = createListener({
      connectionString: database.appUrl,
      applicationName: 'test-listener',
      channels: ['shop_news'],
      onNotice: ({ channel, payload }) => heard.push(`${channel} ${payload}`),
      onConnected: () => (connections += 1),
    });
    const tell = (payload: string): Promise<unknown> =>
      database.open().statement(`SELECT pg_notify('shop_news', $1)`, [payload]);
    listener.start();
    await until('it is connected', () => connections === 1);

    await tell('one');
    await until('it has heard', () => heard.length === 1);
    await database.takeDown();
    await database.bringUp();
    await until('it is connected again', () => connections === 2);
    await tell('two');
    await until('it has heard again', () => heard.length === 2);
    await listener.stop();

    expect(heard).toEqual(['shop_news one', 'shop_news two']);
  });
});
