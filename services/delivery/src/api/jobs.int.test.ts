import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
let token: string;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
});
afterAll(() => world.close());

const since = '2026-01-01T00:00:00Z';

async function endpoint(): Promise<string> {
  const body = { url: 'https://acme.example/hooks', types: ['**'] };
  const made = await world.ask('/v1/endpoints', { method: 'POST', token, body });
  return (made.body as { readonly endpointId: string }).endpointId; // a 201 has one
}

const ask = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  world.ask('/v1/jobs', { method: 'POST', token, body, headers });

describe('a job', () => {
  it('is asked for once under a key, however often that arrives, and stands in the audit', async () => {
    const body = { kind: 'recover', endpointId: await endpoint(), since, note: 'their outage' };
    const headers = { 'idempotency-key': randomUUID() };

    const first = await ask(body, headers);
    const second = await ask(body, headers);

    expect(first).toMatchObject({ status: 202, body: { state: 'asked', total: 0, done: 0, rate: 100, ending: null } });
    expect(second.body).toEqual(first.body);
    const { jobId } = first.body as { readonly jobId: string }; // a 202 has one
    expect(await world.test.admin('SELECT action, note FROM trunkline.audit WHERE target = $1', [jobId])).toEqual([
      { action: 'jobs start', note: 'their outage' },
    ]);
  });

  it('is paused, resumed and cancelled, and then nothing of it is changed any more', async () => {
    const asked = await ask({ kind: 'discard', endpointId: await endpoint() });
    const { jobId } = asked.body as { readonly jobId: string }; // a 202 has one
    const change = (word: string) => world.ask(`/v1/jobs/${jobId}/${word}`, { method: 'POST', token });

    expect(await change('pause')).toMatchObject({ status: 200, body: { wanted: 'pause' } });
    expect(await change('resume')).toMatchObject({ status: 200, body: { wanted: 'run' } });
    expect(await change('cancel')).toMatchObject({ status: 200, body: { wanted: 'cancel' } });
    expect(await change('resume')).toMatchObject({ status: 422, body: { detail: expect.stringMatching(/is over/) } });
  });

  it('is refused with the fix where the endpoint is disabled, but for a dry run', async () => {
    const endpointId = await endpoint();
    await world.ask(`/v1/endpoints/${endpointId}/disable`, { method: 'POST', token, body: {} });

    expect(await ask({ kind: 'recover', endpointId, since })).toMatchObject({
      status: 422,
      body: { detail: expect.stringMatching(/is disabled: enable it first/) },
    });
    expect(await ask({ kind: 'recover', endpointId, since, dryRun: true })).toMatchObject({ status: 202 });
  });

  it.each([
    ['without a since', { kind: 'recover' }, /since when/],
    [
      'with a time that ends before it begins',
      { kind: 'recover', since, until: '2025-01-01T00:00:00Z' },
      /ends before/,
    ],
    ['with states that the kind knows itself', { kind: 'recover', since, states: ['skipped'] }, /leave states out/],
  ])('is refused %s', async (_, body, problem) => {
    const answer = await ask({ ...body, endpointId: await endpoint() });

    expect(answer).toMatchObject({ status: 422, body: { detail: expect.stringMatching(problem) } });
  });

  it('is listed newest first, page by page', async () => {
    const endpointId = await endpoint();
    for (let asked = 0; asked < 3; asked += 1) await ask({ kind: 'resend', endpointId, since, dryRun: true });

    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await world.ask(`/v1/jobs?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, {
        token,
      });
      const { jobs, next } = page.body as {
        readonly jobs: readonly { readonly jobId: string }[];
        readonly next: string | null;
      }; // as documented
      ids.push(...jobs.map(({ jobId }) => jobId));
      cursor = next;
    }

    expect(ids.length).toBeGreaterThanOrEqual(3);
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
  });
});
