import { readFile } from 'node:fs/promises';

import { type ApiScope, apiScopeNames } from '@trunkline/delivery';
import { revokeApiKey } from '@trunkline/http-api/keys';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';
import { type DeliveryRoute, permissions } from './permissions.ts';

let world: ApiWorld;
/** Of `tnt_a`, whose everything is. */
let tokens: Readonly<Record<'good' | 'expired' | 'revoked' | 'otherTenant', string>>;
const eventId = `evt_${'4'.repeat(32)}`;

beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  const revoked = await world.key();
  await revokeApiKey(world.operator, { keyId: revoked.key.keyId, actor: 'tester', nowMs: Date.now() });
  tokens = {
    good: (await world.key()).token,
    expired: (await world.key({ nowMs: Date.now() - 10_000, lifeMs: 1_000 })).token,
    revoked: revoked.token,
    otherTenant: (await world.key({ tenantId: 'tnt_b' })).token,
  };
  await world.test.admin(
    `INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
     VALUES (now(), $1::uuid, 'tnt_a', 'payments.payment.succeeded', now(), '{}', 0, '{}')`,
    [eventId.slice('evt_'.length)],
  );
  await world.test.admin(
    `INSERT INTO delivery.job (job_id, tenant_id, kind, endpoint_id, types, states, since, until, is_dry_run, note, actor, rate)
     VALUES ($1::uuid, 'tnt_a', 'recover', $1::uuid, '{}', '{}', now(), now(), false, '', 'tester', 1)`,
    [jobId.slice('job_'.length)],
  );
});
afterAll(() => world.close());

const jobId = `job_${'5'.repeat(32)}`;
const newEndpoint = { url: 'https://acme.example/hooks', types: ['**'] };

/** A body for each route that wants one. */
const bodies: Partial<Record<DeliveryRoute, object>> = {
  'POST /v1/endpoints': newEndpoint,
  'PATCH /v1/endpoints/{endpointId}': { description: 'changed' },
  'POST /v1/endpoints/{endpointId}/rotate-secret': {},
  'POST /v1/filters/check': { filter: 'data.amount > 1000', types: ['payments.payment.*'] },
  'POST /v1/endpoints/{endpointId}/pause': {},
  'POST /v1/endpoints/{endpointId}/disable': {},
};
// Each key of the table is one of them.
const routes = Object.keys(permissions) as DeliveryRoute[];

async function makeEndpoint(): Promise<string> {
  const { body } = await world.ask('/v1/endpoints', { method: 'POST', token: tokens.good, body: newEndpoint });
  return (body as { readonly endpointId: string }).endpointId; // a 201 has one
}

/** The route, asked for an endpoint and a message of `tnt_a`. */
async function ask(route: DeliveryRoute, token: string | undefined, endpointId: string) {
  const [method = '', path = ''] = route.split(' ');
  const body = route.endsWith('/resend')
    ? { endpointId }
    : route === 'POST /v1/jobs'
      ? { kind: 'discard', endpointId }
      : bodies[route];
  const filled = path.replace('{endpointId}', endpointId).replace('{eventId}', eventId).replace('{jobId}', jobId);
  return await world.ask(filled, { method, token, body });
}

describe.each(routes)('%s', (route) => {
  let endpointId: string;
  beforeAll(async () => {
    endpointId = await makeEndpoint();
  });

  it.each([
    ['no key', () => undefined],
    ['a word', () => 'secret'],
    ['a token with a wrong checksum', () => `${tokens.good.slice(0, -1)}${tokens.good.endsWith('0') ? '1' : '0'}`],
    ['a key that has expired', () => tokens.expired],
    ['a key that was revoked', () => tokens.revoked],
  ])('answers 401 to %s', async (_, token) => {
    const answer = await ask(route, token(), endpointId);

    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: 'unauthorized', requestId: answer.headers.get('trunkline-request-id') });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('answers 403 to a key with every scope but its own', async () => {
    const scopes: readonly ApiScope[] = apiScopeNames.filter((scope) => scope !== permissions[route]);
    const { token } = await world.key({ scopes });

    expect(await ask(route, token, endpointId)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('shows and changes nothing of another tenant', async () => {
    const before = await world.test.admin(
      `SELECT * FROM delivery.endpoint WHERE tenant_id = 'tnt_a' ORDER BY endpoint_id`,
    );

    const answer = await ask(route, tokens.otherTenant, endpointId);

    expect(answer.status).toBe(namesSomething(route) ? 404 : (await documented(route)).status);
    expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`${endpointId}|${eventId}|${jobId}`));
    expect(
      await world.test.admin(`SELECT * FROM delivery.endpoint WHERE tenant_id = 'tnt_a' ORDER BY endpoint_id`),
    ).toEqual(before);
  });

  it('answers as its document says to a key with its scope and no other', async () => {
    const { token } = await world.key({ scopes: [permissions[route]] });

    const answer = await ask(route, token, endpointId);

    const { status, schema } = await documented(route);
    expect(answer.status).toBe(status);
    expect(complaints(schema, answer.body)).toEqual([]);
  });
});

/** In its path or its body. */
function namesSomething(route: DeliveryRoute): boolean {
  return route.includes('{') || route === 'POST /v1/jobs';
}

interface Documented {
  readonly status: number;
  readonly schema: object | undefined;
}

async function documented(route: DeliveryRoute): Promise<Documented> {
  const { paths } = await document();
  const [method = '', path = ''] = route.split(' ');
  const responses = paths[path]?.[method.toLowerCase()]?.responses ?? {};
  const [status = '', response] = Object.entries(responses).find(([of]) => of.startsWith('2')) ?? [];
  return { status: Number(status), schema: response?.content?.['application/json']?.schema };
}

interface Document {
  readonly paths: Record<
    string,
    Record<
      string,
      { readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }> }
    >
  >;
  readonly components: object;
}

async function document(): Promise<Document> {
  const file = new URL('../../../../docs/openapi.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Document; // ours; openapi.test.ts validates it
}

const { components } = await document();

/** Of an answer without a schema: its body, which is not to be there. */
function complaints(schema: object | undefined, value: unknown): unknown {
  if (schema === undefined) return value === undefined ? [] : [value];
  const ajv = new Ajv2020({
    strict: false,
    formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
  });
  const validate = ajv.compile({ ...schema, components });
  return validate(value) ? [] : validate.errors;
}
