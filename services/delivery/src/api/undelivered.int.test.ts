import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
let token: string;
/** Of endpoints: one that is well, one that is disabled, one that was made after the events came. */
let well: string;
let disabled: string;

/** What became of event n: 200 of each. */
const reasons = [
  'delivered',
  'waiting/http_503',
  'exhausted/http_5xx',
  'skipped/disabled',
  'unmatched/created_later',
] as const;
const idOf = (n: number): string => `evt_${n.toString(16).padStart(32, '0')}`;
const reasonOf = (n: number): string => reasons[n % 5] ?? '';

beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
  well = await endpoint();
  disabled = await endpoint();
  const later = await endpoint();
  await world.ask(`/v1/endpoints/${disabled}/disable`, { method: 'POST', token, body: { reason: 'moving' } });
  // As the fan-out and the dispatcher write it, of events that came in one millisecond.
  const values = [well, disabled, later].map((id) => id.slice('ep_'.length));
  await world.test.admin(
    `WITH event AS (SELECT n, lpad(to_hex(n), 32, '0')::uuid AS id, n % 5 AS kind FROM generate_series(0, 999) AS n), message AS (
       INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
       SELECT now() + n % 3 * interval '1 microsecond', id, 'tnt_a', 'payments.payment.succeeded', now(), '{}', CASE WHEN kind < 3 THEN 1 ELSE 0 END,
         CASE kind WHEN 3 THEN jsonb_build_object('ep_' || $2, 'disabled') WHEN 4 THEN jsonb_build_object('ep_' || $3, 'created_later')
           ELSE jsonb_build_object('ep_' || $1, 'matched') END
       FROM event RETURNING event_id, accepted_at), task AS (
       INSERT INTO delivery.task (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, bytes, last_code, cause)
       SELECT $1::text::uuid, id, 'tnt_a', 0, accepted_at, now(), now(), 2, 'http_503', 'event' FROM event JOIN message ON event_id = id WHERE kind = 1)
     INSERT INTO delivery.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, outcome, cause)
     SELECT now(), id, (CASE kind WHEN 3 THEN $2 ELSE $1 END)::uuid, 1, 'tnt_a', 'payments.payment.succeeded', accepted_at,
       (ARRAY['ok', '', 'http_5xx', 'disabled'])[kind + 1], 1, (ARRAY['delivered', '', 'exhausted', 'skipped'])[kind + 1], 'event'
     FROM event JOIN message ON event_id = id WHERE kind IN (0, 2, 3)`,
    values,
  );
});
afterAll(() => world.close());

async function endpoint(): Promise<string> {
  const body = { url: 'https://acme.example/hooks', types: ['**'] };
  const made = await world.ask('/v1/endpoints', { method: 'POST', token, body });
  return (made.body as { readonly endpointId: string }).endpointId; // a 201 has one
}

interface Page {
  readonly next: string | null;
  readonly [list: string]: unknown;
}

/** Every entry of a list, page by page. */
async function all(path: string, list: string): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? '' : `&cursor=${next}`;
    const { body, status } = await world.ask(`${path}${path.includes('?') ? '&' : '?'}limit=150${cursor}`, { token });
    expect(status).toBe(200);
    const page = body as Page; // the status says so
    found.push(...(page[list] as typeof found)); // its document says so
    ({ next } = page);
  } while (next !== null);
  return found;
}

const expected = Array.from({ length: 1_000 }, (_, n) => [idOf(n), reasonOf(n)] as const);

describe('/v1/undelivered', () => {
  it('names each of 1,000 events that was not delivered once, with its reason', async () => {
    const found = await all('/v1/undelivered', 'undelivered');

    expect(found).toHaveLength(800);
    expect(new Map(found.map(({ eventId, reason }) => [eventId, reason]))).toEqual(
      new Map(expected.filter(([, reason]) => reason !== 'delivered')),
    );
  });

  it.each([
    ['waiting', ['waiting/http_503']],
    ['exhausted/http_5xx', ['exhausted/http_5xx']],
    ['expired', []],
  ])('finds those for the reason %s', async (reason, wanted) => {
    const found = await all(`/v1/undelivered?reason=${reason}`, 'undelivered');

    expect(found.map(({ eventId }) => String(eventId)).toSorted()).toEqual(
      expected.flatMap(([id, is]) => (wanted.includes(is) ? [id] : [])),
    );
  });

  it.each(['wait', 'Waiting', 'waiting/', 'http_503'])(
    'refuses the reason %s, which none begins with',
    async (reason) => {
      expect(await world.ask(`/v1/undelivered?reason=${reason}`, { token })).toMatchObject({
        status: 422,
        body: { errors: [{ in: 'query', at: 'reason', message: expect.stringContaining('one of waiting, held') }] },
      });
    },
  );

  it('goes on only with the filters that it began with', async () => {
    const { body } = await world.ask('/v1/undelivered?reason=waiting&limit=1', { token });
    const { next } = body as Page; // its document says so

    expect((await world.ask(`/v1/undelivered?reason=waiting&cursor=${next}`, { token })).status).toBe(200);
    expect(await world.ask(`/v1/undelivered?reason=exhausted&cursor=${next}`, { token })).toMatchObject({
      status: 400,
      body: { code: 'cursor_invalid' },
    });
  });

  it('counts them by reason, of one endpoint too', async () => {
    const counts = async (query: string): Promise<unknown> =>
      ((await world.ask(`/v1/undelivered/summary${query}`, { token })).body as { readonly counts: unknown }).counts; // its document says so

    expect(await counts('')).toEqual([
      { reason: 'exhausted/http_5xx', count: 200 },
      { reason: 'skipped/disabled', count: 200 },
      { reason: 'unmatched/created_later', count: 200 },
      { reason: 'waiting/http_503', count: 200 },
    ]);
    expect(await counts(`?endpoint=${disabled}`)).toEqual([{ reason: 'skipped/disabled', count: 200 }]);
    expect(await counts('?since=2999-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('/v1/messages', () => {
  it('names each event once, with what became of it', async () => {
    const statuses = ['delivered', 'waiting', 'undelivered', 'undelivered', 'unmatched'];

    const found = await all('/v1/messages', 'messages');

    expect(found).toHaveLength(1_000);
    expect(new Map(found.map(({ eventId, status }) => [eventId, status]))).toEqual(
      new Map(expected.map(([id], n) => [id, statuses[n % 5]])),
    );
  });

  it('finds those of one endpoint in one status', async () => {
    const found = await all(`/v1/messages?endpoint=${well}&status=delivered`, 'messages');

    expect(found.map(({ eventId }) => String(eventId)).toSorted()).toEqual(
      expected.flatMap(([id], n) => (n % 5 === 0 ? [id] : [])),
    );
    expect(await all(`/v1/messages?endpoint=${disabled}&status=waiting`, 'messages')).toEqual([]);
  });

  it('are sent again where they were given up, and not to an endpoint that is disabled', async () => {
    const resend = (n: number): Promise<{ readonly status: number; readonly body: unknown }> =>
      world.ask(`/v1/messages/${idOf(n)}/resend`, { method: 'POST', token, body: {} });

    expect(await resend(2)).toMatchObject({ status: 202, body: { eventId: idOf(2), endpoints: [well] } });
    expect((await world.ask(`/v1/messages/${idOf(2)}`, { token })).body).toMatchObject({
      waiting: [{ endpointId: well, cause: 'resend' }],
      attempts: [{ code: 'http_5xx', outcome: 'exhausted' }],
    });
    expect(await resend(3)).toMatchObject({ status: 422, body: { code: 'invalid' } });
  });
});
