import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
let token: string;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
});
afterAll(() => world.close());

interface Shown {
  readonly endpointId: string;
  readonly [member: string]: unknown;
}

const given = { url: 'https://acme.example/hooks', types: ['payments.*'] };

async function create(more: object = {}): Promise<Shown> {
  const { body, status } = await world.ask('/v1/endpoints', { method: 'POST', token, body: { ...given, ...more } });
  expect(status).toBe(201);
  return body as Shown; // the status says so
}

describe('POST /v1/endpoints', () => {
  it('makes an endpoint as the command line does, and shows its secret once', async () => {
    const made = await create({ schedule: [0, 30, 300], timeoutMs: 5_000 });

    const read = await world.ask(`/v1/endpoints/${made.endpointId}`, { token });

    expect(made['secret']).toMatch(/^whsec_/);
    expect(read).toMatchObject({
      status: 200,
      body: { ...given, schedule: [0, 30, 300], timeoutMs: 5_000, state: 'enabled', health: { failures: 0 } },
    });
    expect(JSON.stringify(read.body)).not.toContain('whsec_');
  });

  it('writes down who did it', async () => {
    const made = await create();

    expect(
      await world.test.admin('SELECT actor, tenant, action FROM trunkline.audit WHERE target = $1', [made.endpointId]),
    ).toEqual([
      { actor: expect.stringMatching(/^key_[0-9a-f]{16} \(test\)$/), tenant: 'tnt_a', action: 'endpoints create' },
    ]);
  });
});

describe('PATCH /v1/endpoints/{endpointId}', () => {
  it('tells of what it has changed, and of nothing where that is nothing', async () => {
    const { endpointId } = await create({ schedule: [0, 30] });
    const change = (body: object) => world.ask(`/v1/endpoints/${endpointId}`, { method: 'PATCH', token, body });
    const told = (): Promise<readonly object[]> =>
      world.test.admin(
        `SELECT stated->'changedSettings' AS changed FROM delivery.announcement
         WHERE endpoint_id = $1::uuid AND type = 'delivery.endpoint.updated' ORDER BY no`,
        [endpointId.slice('ep_'.length)],
      );

    for (const same of [{}, { ...given, schedule: [0, 30], description: '' }])
      expect(await change(same)).toMatchObject({ status: 200, body: { ...given, schedule: [0, 30] } });
    expect(await told()).toEqual([]);

    await change({ ...given, timeoutMs: 5_000 });

    expect(await told()).toEqual([{ changed: ['timeoutMs'] }]);
    expect(
      await world.test.admin(`SELECT note FROM trunkline.audit WHERE target = $1 AND action = 'endpoints update'`, [
        endpointId,
      ]),
    ).toEqual([{ note: 'timeoutMs' }]);
  });
});

describe('GET /v1/endpoints', () => {
  it('gives every endpoint of the tenant once, page by page', async () => {
    const { token: own } = await world.key({ tenantId: 'tnt_pages' });
    for (let n = 0; n < 5; n += 1)
      await world.ask('/v1/endpoints', { method: 'POST', token: own, body: { ...given, description: String(n) } });

    const seen: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const { body } = await world.ask(`/v1/endpoints?limit=2${cursor}`, { token: own });
      const page = body as { readonly endpoints: readonly Shown[]; readonly next: string | null };
      seen.push(...page.endpoints.map(({ description }) => description));
      ({ next } = page);
    }

    expect(seen).toEqual(['0', '1', '2', '3', '4']);
  });
});
