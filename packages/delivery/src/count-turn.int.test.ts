import { messageOf, systemClock } from '@trunkline/core';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createEndpoint } from './endpoints/create.ts';
import type { EndpointId } from './ids.ts';
import { askForJob } from './jobs/ask.ts';
import { jobLimits } from './jobs/limits.ts';
import { endpointLimits } from './limits.ts';
import { createDeliveryDatabase, newTestVault } from './testing/index.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createDeliveryDatabase(inject('stack').postgresAdminUrl);
});
afterAll(() => test.drop());

const tenantId = 'tnt_a';
const together = 12;

describe('of what a tenant may have so many,', () => {
  it('no more are made by those that ask at once', async () => {
    // On a busy machine the last of them waits long for its connection and its turn.
    const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 100_000 };
    const operator = test.open({ connectionString: test.urlOf('operator'), maxConnections: together, ...patience });
    const vault = newTestVault();
    const make = async (): Promise<EndpointId> => {
      const given = { tenantId, url: 'https://acme.example/', types: ['**'], actor: 'tester' };
      return (await createEndpoint(operator, given, { vault, clock: systemClock })).endpointId;
    };
    const endpointId = await make();
    const ask = () =>
      operator.transaction([tenantId], (tx) =>
        askForJob(tx, { kind: 'backfill', endpointId, isDryRun: true, actor: 'tester' }, { clock: systemClock }),
      );
    for (let n = 1; n < endpointLimits.perTenant - 2; n += 1) await make();
    for (let n = 0; n < jobLimits.open - 2; n += 1) await ask();

    const refused = [
      ...(await Promise.allSettled(Array.from({ length: together }, make))),
      ...(await Promise.allSettled(Array.from({ length: together }, ask))),
    ].flatMap((outcome) => (outcome.status === 'rejected' ? [messageOf(outcome.reason)] : []));

    const [made] = await test.admin<{ endpoints: number; jobs: number }>(
      `SELECT (SELECT count(*)::integer FROM delivery.endpoint) AS endpoints, (SELECT count(*)::integer FROM delivery.job) AS jobs`,
    );
    expect(refused).toEqual([
      ...Array.from({ length: together - 2 }, () => expect.stringContaining(`${endpointLimits.perTenant} endpoints`)),
      ...Array.from({ length: together - 2 }, () => expect.stringContaining(`${jobLimits.open} jobs`)),
    ]);
    expect(made).toEqual({ endpoints: endpointLimits.perTenant, jobs: jobLimits.open });
  });
});
