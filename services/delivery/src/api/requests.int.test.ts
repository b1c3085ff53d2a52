import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiAnswer, type ApiRequest, type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
let token: string;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
});
afterAll(() => world.close());

const given = { url: 'https://acme.example/hooks', types: ['payments.*'] };
const post = (request: ApiRequest): Promise<ApiAnswer> =>
  world.ask('/v1/endpoints', { method: 'POST', token, ...request });
const codeOf = ({ status, body }: ApiAnswer): string => `${status} ${(body as { readonly code?: string }).code ?? ''}`; // of a problem
const countEndpoints = async (): Promise<number> => {
  const [row] = await world.test.admin<{ number: number }>('SELECT count(*)::integer AS number FROM delivery.endpoint');
  return row?.number ?? 0;
};

describe('a body', () => {
  it.each<[string, ApiRequest, string]>([
    ['of 1 MiB', { bytes: JSON.stringify({ ...given, description: 'x'.repeat(1_048_576) }) }, '413 body_too_large'],
    [
      'of another type',
      { bytes: 'url=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      '415 content_type_unsupported',
    ],
    [
      'without a type',
      { bytes: JSON.stringify(given), headers: { 'content-type': 'text/plain' } },
      '415 content_type_unsupported',
    ],
    [
      'in another encoding',
      { bytes: JSON.stringify(given), headers: { 'content-type': 'application/json; charset=latin1' } },
      '415 content_type_unsupported',
    ],
    [
      'that is packed',
      { bytes: JSON.stringify(given), headers: { 'content-encoding': 'gzip' } },
      '415 content_type_unsupported',
    ],
    ['that is no JSON', { bytes: '{' }, '400 request_malformed'],
    ['with a zero byte', { body: { ...given, description: 'a\u0000b' } }, '400 request_malformed'],
    ['with half a character', { body: { ...given, filter: 'data.currency == "\ud800"' } }, '400 request_malformed'],
    ['that is no UTF-8', { bytes: Buffer.from([0x22, 0xff, 0x22]) }, '400 request_malformed'],
    ['that is deep', { bytes: '['.repeat(20_000) + ']'.repeat(20_000) }, '400 request_malformed'],
    [
      'with a member twice',
      { bytes: '{"url":"https://a.example/","types":["**"],"url":"https://b.example/"}' },
      '400 request_malformed',
    ],
    [
      'with __proto__',
      { bytes: '{"url":"https://a.example/","types":["**"],"__proto__":{"state":"enabled"}}' },
      '422 invalid',
    ],
    [
      'with constructor',
      { bytes: '{"url":"https://a.example/","types":["**"],"constructor":{"prototype":{"x":1}}}' },
      '422 invalid',
    ],
    ['with a member that is not ours', { body: { ...given, tenantId: 'tnt_b' } }, '422 invalid'],
    ['that is a list', { body: [] }, '422 invalid'],
    ['without what it needs', { body: {} }, '422 invalid'],
  ])('%s makes nothing', async (_, request, answer) => {
    const before = await countEndpoints();

    expect(codeOf(await post(request))).toBe(answer);
    expect(await countEndpoints()).toBe(before);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('is told of mistake by mistake, by where it is and not by what it says', async () => {
    const { body } = await post({ body: { url: 7, types: [], 'canary-4711': true } });

    expect(body).toMatchObject({
      errors: expect.arrayContaining([
        expect.objectContaining({ in: 'body', at: '/url' }),
        expect.objectContaining({ in: 'body', at: '/types' }),
        { in: 'body', at: '/canary-4711', message: 'unknown' },
      ]),
    });
  });
});

it('a query with a zero byte asks for nothing', async () => {
  expect(codeOf(await world.ask('/v1/messages?type=%00', { token }))).toBe('400 request_malformed');
});

describe('an Idempotency-Key', () => {
  const named = (key: string, body: object = given): Promise<ApiAnswer> =>
    post({ body, headers: { 'idempotency-key': key } });

  it('makes one endpoint of ten requests at once, and answers all of them the same, secret and all', async () => {
    const before = await countEndpoints();

    const answers = await Promise.all(Array.from({ length: 10 }, () => named('at-once')));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replay') === null)).toHaveLength(1);
    expect(await countEndpoints()).toBe(before + 1);
  });

  it('keeps no secret that can be read', async () => {
    const { body } = await named('sealed');
    const { secret } = body as { readonly secret: string }; // a 201 has one

    const rows = await world.test.admin<{ row: string }>('SELECT k::text AS row FROM delivery.idempotency_key k');

    const kept = Buffer.from(rows.map(({ row }) => row).join(''));
    expect(kept.includes(secret)).toBe(false);
    expect(kept.includes(Buffer.from(secret).toString('hex'))).toBe(false);
  });

  it('of another request is refused, and of another tenant is another key', async () => {
    await named('mine');
    const { token: theirs } = await world.key({ tenantId: 'tnt_b' });

    expect(codeOf(await named('mine', { ...given, description: 'other' }))).toBe('422 idempotency_mismatch');
    const answer = await post({ token: theirs, body: given, headers: { 'idempotency-key': 'mine' } });
    expect(answer.headers.get('idempotent-replay')).toBeNull();
  });

  it('knows a repeat by what was sent, in whichever order, and not by what the schema adds', async () => {
    const { url, types } = given;
    await named('sent');

    expect((await named('sent', { types, url })).headers.get('idempotent-replay')).toBe('true');
    expect(codeOf(await named('sent', { ...given, format: 'standard' }))).toBe('422 idempotency_mismatch');
  });

  it('is of one route, and each route that makes something makes it once for ten requests at once', async () => {
    const { body } = await post({ body: given });
    const { endpointId } = body as { readonly endpointId: string }; // a 201 has one
    await world.test.admin(
      `INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
       VALUES (now(), '0190a000-0000-7000-8000-000000000001', 'tnt_a', 'payments.payment.succeeded', now(), '{}', 1,
         jsonb_build_object($1::text, 'matched'))`,
      [endpointId],
    );
    const routes: readonly (readonly [path: string, body: object])[] = [
      ['/v1/endpoints', { ...given, description: 'route by route' }],
      [`/v1/endpoints/${endpointId}/rotate-secret`, {}],
      ['/v1/messages/evt_0190a000000070008000000000000001/resend', { endpointId }],
      ['/v1/jobs', { kind: 'resend', endpointId, since: '2025-01-01T00:00:00Z' }],
    ];
    const counted = `SELECT (SELECT count(*) FROM delivery.endpoint WHERE description = 'route by route')::integer AS endpoints,
      (SELECT count(*) FROM delivery.endpoint_secret s JOIN delivery.endpoint e USING (endpoint_id) WHERE e.description = '' AND s.generation = 2)::integer AS secrets,
      (SELECT count(*) FROM delivery.task)::integer AS tasks, (SELECT count(*) FROM delivery.job)::integer AS jobs`;

    for (const [nth, [path, asked]] of routes.entries()) {
      const ask = (key: string, bodyOf: object = asked): Promise<ApiAnswer> =>
        world.ask(path, { method: 'POST', token, body: bodyOf, headers: { 'idempotency-key': key } });
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(`route-${nth}`)));

      expect(new Set(answers.map(({ status, body: answer }) => `${status} ${JSON.stringify(answer)}`)).size, path).toBe(
        1,
      );
      expect(answers[0]?.status, path).toBeLessThan(300);
      // What was named there before is another request here.
      for (let other = 0; other < nth; other += 1)
        expect(codeOf(await ask(`route-${other}`)), path).toBe('422 idempotency_mismatch');
    }

    expect(await world.test.admin(counted)).toEqual([{ endpoints: 1, secrets: 1, tasks: 1, jobs: 1 }]);
  });

  it('of a request that failed is free, and after a day it is forgotten', async () => {
    expect((await named('again', { ...given, types: ['nothing.*'] })).status).toBe(422);
    expect((await named('again')).status).toBe(201);
    await world.test.admin(
      `UPDATE delivery.idempotency_key SET created_at = now() - interval '25 hours' WHERE key = 'again'`,
    );

    const later = await named('again', { ...given, description: 'other' });

    expect(later.status).toBe(201);
    expect(later.headers.get('idempotent-replay')).toBeNull();
  });
});

describe('a cursor', () => {
  it.each(['x', 'W10', '', 'eyJhIjoxfQ', Buffer.from('["12345678","ep_0"]').toString('base64url')])(
    '%j is none',
    async (cursor) => {
      expect(codeOf(await world.ask(`/v1/endpoints?cursor=${cursor}`, { token }))).toBe('400 cursor_invalid');
    },
  );

  it('is of one list with one set of filters', async () => {
    await post({ body: given });
    await post({ body: given });
    const { body } = await world.ask('/v1/endpoints?limit=1', { token });
    const { next } = body as { readonly next: string }; // there are two

    expect((await world.ask(`/v1/endpoints?cursor=${next}`, { token })).status).toBe(200);
    expect(codeOf(await world.ask(`/v1/messages?cursor=${next}`, { token }))).toBe('400 cursor_invalid');
    expect(codeOf(await world.ask(`/v1/endpoints?cursor=${next}&cursor=${next}`, { token }))).toBe(
      '400 request_malformed',
    );
  });
});

describe('a path', () => {
  it.each([
    ['GET', '/v1/endpoints/ep_1', '404 not_found'],
    ['GET', '/v1/nothing', '404 not_found'],
    ['GET', '/v1/endpoints/%zz', '400 request_malformed'],
    ['PUT', '/v1/endpoints', '405 method_not_allowed'],
    ['GET', '/v1/endpoints?limit=0', '422 invalid'],
    ['GET', '/v1/endpoints?limt=1', '422 invalid'],
    ['GET', '/metrics', '404 not_found'],
  ])('%s %s is answered %s', async (method, path, answer) => {
    expect(codeOf(await world.ask(path, { method, token }))).toBe(answer);
  });
});
