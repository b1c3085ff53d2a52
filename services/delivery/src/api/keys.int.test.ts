import { messageOf } from '@trunkline/core';
import { keyLimits } from '@trunkline/http-api/keys';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
});
afterAll(() => world.close());

const tenantId = 'tnt_many';
const together = 12;

describe('of the keys of a tenant', () => {
  it('no more are made than it may have, by those that ask at once', async () => {
    for (let n = 0; n < keyLimits.perTenant - 2; n += 1) await world.key({ tenantId });

    const asked = await Promise.allSettled(Array.from({ length: together }, () => world.key({ tenantId })));

    expect(asked.flatMap((made) => (made.status === 'rejected' ? [messageOf(made.reason)] : []))).toEqual(
      Array.from({ length: together - 2 }, () => expect.stringContaining(`${keyLimits.perTenant} keys`)),
    );
    const kept = await world.test.admin('SELECT FROM delivery.api_key WHERE tenant_id = $1', [tenantId]);
    expect(kept).toHaveLength(keyLimits.perTenant);
  });
});
