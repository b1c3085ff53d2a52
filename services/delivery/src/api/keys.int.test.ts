import { messageOf } from '@trunkline/core';
import { keyLimits, type MadeKey, revokeApiKey, rotateApiKey } from '@trunkline/http-api/keys';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
});
afterAll(() => world.close());

const together = 12;

describe('of the keys of a tenant', () => {
  it('no more are made than it may have, by those that ask at once', async () => {
    const tenantId = 'tnt_many';
    await keysOf(tenantId, keyLimits.perTenant - 2);

    const asked = await Promise.allSettled(Array.from({ length: together }, () => world.key({ tenantId })));

    expect(refusals(asked)).toEqual(
      Array.from({ length: together - 2 }, () => expect.stringContaining(`${keyLimits.perTenant} keys`)),
    );
    expect(await opening(tenantId)).toBe(keyLimits.perTenant);
  });

  it('each can be rotated where there are as many as there may be', async () => {
    const tenantId = 'tnt_full';
    const keys = await keysOf(tenantId, keyLimits.perTenant);

    const asked = await Promise.allSettled(keys.map((key) => rotated(key)));

    expect(refusals(asked)).toEqual([]);
    expect(await opening(tenantId)).toBe(2 * keyLimits.perTenant);
  });

  it('no more open beside their successors than it may have keys, however they were rotated', async () => {
    const tenantId = 'tnt_chain';
    let [newest] = await keysOf(tenantId, 1);
    for (let n = 0; n < keyLimits.perTenant; n += 1) newest = await rotated(newest);

    await expect(rotated(newest)).rejects.toThrow(`${keyLimits.perTenant} rotated keys that still open`);
    expect(await opening(tenantId)).toBe(keyLimits.perTenant + 1);

    const [old] = await world.test.admin<{ key_id: MadeKey['key']['keyId'] }>(
      'SELECT key_id FROM delivery.api_key WHERE tenant_id = $1 AND successor IS NOT NULL LIMIT 1',
      [tenantId],
    );
    if (old !== undefined)
      await revokeApiKey(world.operator, { keyId: old.key_id, actor: 'tester', nowMs: Date.now() });
    await expect(rotated(newest)).resolves.toBeDefined();
  });
});

async function keysOf(tenantId: string, count: number): Promise<MadeKey[]> {
  const made: MadeKey[] = [];
  for (let n = 0; n < count; n += 1) made.push(await world.key({ tenantId }));
  return made;
}

async function rotated(made: MadeKey | undefined): Promise<MadeKey> {
  if (made === undefined) throw new Error('there is no key to rotate');
  const change = { keyId: made.key.keyId, actor: 'tester', nowMs: Date.now() };
  const successor = await rotateApiKey(world.operator, change);
  if (successor === undefined) throw new Error('there is no such key');
  return successor;
}

async function opening(tenantId: string): Promise<number> {
  const rows = await world.test.admin(
    'SELECT FROM delivery.api_key WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at > now()',
    [tenantId],
  );
  return rows.length;
}

function refusals(asked: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return asked.flatMap((made) => (made.status === 'rejected' ? [messageOf(made.reason)] : []));
}
