import { systemClock } from '@trunkline/core';
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
    const operator = test.open({ connectionString: test.urlOf('operator'), maxConnections: together });
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

    // Who is not served in time on a busy machine makes none, so there may be fewer.
    await Promise.allSettled(Array.from({ length: together }, make));
    await Promise.allSettled(Array.from({ length: together }, ask));

    const [made] = await test.admin<{ endpoints: number; jobs: number }>(
      `SELECT (SELECT count(*)::integer FROM delivery.endpoint) AS endpoints, (SELECT count(*)::integer FROM delivery.job) AS jobs`,
    );
    expect(made?.endpoints).toBeLessThanOrEqual(endpointLimits.perTenant);
    expect(made?.jobs).toBeLessThanOrEqual(jobLimits.open);
  });
});
