import type { Database } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { emptyDirectory } from '@trunkline/sources/directory';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { lookForAlerts, operatedDirectory } from '../testing/alert-desk.ts';
import { askedRequests, testNowMs } from '../testing/test-offers.ts';
import type { Alert, AlertLook } from './alert-watch.ts';
import { alertLimits } from './limits.ts';

let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => test.empty('shop.alert', 'shop.outbox'));
afterAll(async () => {
  await test.drop();
  await service.remove();
});

const slack = alert('con_slack/credentials_refused');
const stripe = alert('con_stripe/unreachable');
const finding =
  (...alerts: readonly Alert[]): AlertLook =>
  () =>
    Promise.resolve(alerts);
const asked = () => askedRequests(test, 'shop', ['tnt_a', 'tnt_b']);

describe('an alert', () => {
  it('is a request to each operator, whose id and key follow from what is wrong and since when', async () => {
    await lookForAlerts(database, finding(slack));

    const [request, ...others] = await asked();
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      topic: 'notifications.request.v1',
      key: 'tnt_a:per_ada',
      headers: { ce_source: '/tenants/tnt_a/groups/shop' },
      record: {
        channel: 'email',
        recipientId: 'per_ada',
        channelId: 'mail',
        template: 'operator_connection_unusable',
        parametersJson: '{"connection":"con_slack","reason":null}',
        language: 'de',
        notAfter: testNowMs + alertLimits.worthMs,
      },
    });
  });

  it('is asked once for as long as it is so, and again when it was over', async () => {
    const looks: (readonly Alert[])[] = [];
    for (const found of [[slack], [slack, stripe], [stripe], [slack, stripe]])
      looks.push(await lookForAlerts(database, finding(...found)));

    expect(looks).toEqual([[slack], [stripe], [], [slack]]);
    // Another time is another request, which nobody takes for the first.
    expect(new Set((await asked()).map(({ record }) => record.metadata.requestId)).size).toBe(3);
  });

  it('is asked once by two processes that look at one time', async () => {
    const looks = await Promise.all([1, 2, 3].map(() => lookForAlerts(database, finding(slack, stripe))));

    expect(looks.flat()).toHaveLength(2);
    expect(await asked()).toHaveLength(2);
  });

  it('stays news while there is no operator to tell', async () => {
    await lookForAlerts(database, finding(slack), { directory: emptyDirectory });

    expect(await lookForAlerts(database, finding(slack))).toEqual([slack]);
  });

  it('is not told when its request could not be written down', async () => {
    // A key has no room for such an id.
    const operator = {
      personId: `per_${'a'.repeat(1_024)}`,
      tenantId: 'tnt_a',
      channelId: 'mail',
      kind: 'email',
      language: 'en',
    } as const;
    const directory = { ...operatedDirectory, operators: () => [operator] };
    await expect(lookForAlerts(database, finding(slack), { directory })).rejects.toMatchObject({
      code: 'payload_malformed',
    });

    expect(await lookForAlerts(database, finding(slack))).toEqual([slack]);
  });
});

function alert(subject: string): Alert {
  const [connection = ''] = subject.split('/');
  return { template: 'operator_connection_unusable', subject, parameters: { reason: null, connection } };
}
