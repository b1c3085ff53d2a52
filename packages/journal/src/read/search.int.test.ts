import { eventIdOfUuid } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';

import { createJournalDatabase, eventRow, stepRow } from '../testing/index.ts';
import { createJournalWriter } from '../write/writer.ts';
import { readDebugSummary } from './debug.ts';
import { type EventFilter, searchEvents } from './events.ts';
import { readOutcomes } from './outcomes.ts';
import type { TenantScope } from './scope.ts';
import { readSteps } from './steps.ts';

const { postgresAdminUrl } = inject('stack');
const hourMs = 3_600_000;
const now = Date.now();
let test: TestDatabase;
let database: Database;

/** Ten hours with an event each for tenants a and b, the newest now; one of another type, nine hours ago. */
const rows = Array.from({ length: 10 }, (_, hour) =>
  ['tnt_a', 'tnt_b'].map((tenantId, index) =>
    eventRow({
      offset: BigInt((10 - hour) * 2 + index),
      appendedAtMs: now - hour * hourMs,
      tenantId,
      source: tenantId === 'tnt_a' ? 'src_a' : 'src_b',
      type: hour === 9 ? 'payments.payment.failed' : 'payments.payment.succeeded',
    }),
  ),
).flat();

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
  database = test.open();
  const writer = createJournalWriter(database, Date.now);
  await writer.write(rows.toReversed());
  await writer.write([stepRow({ offset: 3n, recordId: rows[0]?.eventId, tenantId: 'tnt_a' })]);
  await database.statement('SELECT journal.summarise()', []);
});
afterAll(() => test.drop());

const found = async (
  filter: Partial<EventFilter>,
  scope: TenantScope = 'all',
  limit = 50,
): Promise<readonly string[]> => {
  const range = { sinceMs: now - 24 * hourMs, untilMs: now + 1 };
  const events = await searchEvents(database, { scope, filter: { ...range, ...filter }, limit });
  return events.map(({ tenantId, place }) => `${tenantId} ${place.offset}`);
};

describe('a search', () => {
  it('gives the newest first, as many as are asked for, over the hours', async () => {
    expect(await found({}, 'all', 3)).toEqual(['tnt_b 21', 'tnt_a 20', 'tnt_b 19']);
    expect((await found({})).length).toBe(20);
  });

  it.each<[string, Partial<EventFilter>, readonly string[]]>([
    ['an event id', { id: { kind: 'event', hex: rows[4]?.eventId.slice(4) ?? '' } }, ['tnt_a 16']],
    ['a delivery id', { id: { kind: 'delivery', hex: rows[4]?.deliveryId.slice(4) ?? '' } }, ['tnt_a 16']],
    ['a trace', { id: { kind: 'trace', hex: rows[4]?.traceId ?? '' } }, ['tnt_a 16']],
    ['the provider’s id', { id: { kind: 'provider', text: 'evt_stripe_16' } }, ['tnt_a 16']],
    ['a key', { key: 'tnt_a:stripe:acct_1:payment_intent:pi_16' }, ['tnt_a 16']],
    ['an entity', { entity: 'payment_intent/pi_16' }, ['tnt_a 16']],
    ['words', { words: ['PI_16', 'payments'] }, ['tnt_a 16']],
    ['a source and a rare type', { source: 'src_b', type: 'payments.payment.failed' }, ['tnt_b 3']],
    ['a time', { untilMs: now - 8 * hourMs }, ['tnt_b 3', 'tnt_a 2']],
    ['failed runs', { failed: 'dead' }, ['tnt_a 20']],
    ['a name that nobody has', { type: 'payments.payment.unheard_of' }, []],
  ])('finds by %s', async (_, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('goes on page by page, over hours and rows of one moment, to the same rows as at once', async () => {
    const filter = { sinceMs: now - 24 * hourMs, untilMs: now + 1 };
    const pages: (readonly string[])[] = [];
    let after: string | undefined;
    do {
      const page = await searchEvents(database, { scope: 'all', filter, limit: 3, after });
      pages.push(page.map(({ place }) => String(place.offset)));
      after = page.at(-1)?.cursor;
    } while (after !== undefined);
    const atOnce = await searchEvents(database, { scope: 'all', filter, limit: 50 });

    expect(pages.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3, 3, 2, 0]);
    expect(pages.flat()).toEqual(atOnce.map(({ place }) => String(place.offset)));
    await expect(searchEvents(database, { scope: 'all', filter, limit: 3, after: 'x' })).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  it('of a tenant sees nothing of another, by whatever it asks', async () => {
    const foreign = rows.find(({ tenantId }) => tenantId === 'tnt_b');
    const key = 'tnt_b:stripe:acct_1:payment_intent:pi_21';

    expect(new Set((await found({}, ['tnt_a'])).map((row) => row.slice(0, 5)))).toEqual(new Set(['tnt_a']));
    for (const filter of [
      { id: { kind: 'event', hex: foreign?.eventId.slice(4) ?? '' } },
      { id: { kind: 'provider', text: 'evt_stripe_21' } },
      { key },
      { source: 'src_b' },
    ] as const)
      expect([filter, await found(filter, ['tnt_a'])]).toEqual([filter, []]);
    expect(await readSteps(database, { scope: ['tnt_b'], ids: rows.map(({ eventId }) => eventId) })).toEqual([]);
    expect(await found({}, [])).toEqual([]);
  });

  it('and a summary count for a tenant what is its own', async () => {
    const summed = async (
      scope: TenantScope,
      source?: string,
    ): Promise<readonly [number, number, readonly string[]]> => {
      const summary = await readDebugSummary(database, { scope, source, hours: 24, nowMs: now });
      const events = Object.values(summary.metrics.events).reduce((sum, count) => sum + count, 0);
      return [events, summary.logs.length, [...new Set(summary.logs.map(({ tenant }) => tenant))].toSorted()];
    };

    expect(await summed('all')).toEqual([20, 21, ['tnt_a', 'tnt_b']]);
    expect(await summed(['tnt_b'])).toEqual([10, 10, ['tnt_b']]);
    expect(await summed(['tnt_b'], 'src_a')).toEqual([0, 0, []]);
    expect(await summed([])).toEqual([0, 0, []]);
  });

  it('refuses a range and a page beyond its limits', async () => {
    await expect(found({ sinceMs: now - 40 * 24 * hourMs })).rejects.toMatchObject({ code: 'config_invalid' });
    for (const rows of [201, 0, -1, 1.5, Number.NaN])
      await expect(found({}, 'all', rows)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('refuses what no row can hold, and more words than one search takes', async () => {
    await expect(found({ words: ['a\0b'] })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(found({ source: '\0' })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(found({ words: Array.from({ length: 21 }, () => 'pi') })).rejects.toThrow(/takes 20 at most/);
  });
});

describe('what became of an event', () => {
  it('is said by the inbox, else by its newest failed run, else nobody has touched it', async () => {
    // The journal's own schema has an inbox too, which stands for a group's here.
    const [, , done] = rows;
    await test.admin(
      `INSERT INTO journal.inbox (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count)
       VALUES ($1, 'tnt_a', 'stale', 'payments.payment.v1', 0, 18, 'main', 1, 0)`,
      [done?.eventId.slice(4)],
    );
    const groups = [
      { name: 'payments', schema: 'journal', topics: ['payments.payment.v1'] },
      { name: 'crm', schema: 'journal', topics: ['crm.contact.v1'] },
      { name: 'gone', schema: 'nowhere', topics: ['payments.payment.v1'] },
    ];
    const unknown = eventIdOfUuid('00000000-0000-5000-8000-00000000ffff');
    const ids = [rows[0]?.eventId ?? unknown, done?.eventId ?? unknown, unknown];

    const outcomes = await readOutcomes(database, {
      scope: 'all',
      groups,
      events: ids.map((id) => ({ id, topic: 'payments.payment.v1' })),
    });

    expect(ids.map((id) => outcomes.get(id)?.map(({ group, outcome }) => `${group} ${outcome}`))).toEqual([
      ['payments dead', 'gone unknown'],
      ['payments stale', 'gone unknown'],
      ['payments open', 'gone unknown'],
    ]);
  });
});

it('a search gives the newest first over days, however far apart they are', async () => {
  const sparse = await createJournalDatabase(postgresAdminUrl);
  onTestFinished(() => sparse.drop());
  const inSparse = sparse.open();
  const agesMs = [0.5, 2.5, 30, 100, 160].map((hours) => hours * hourMs);
  const old = agesMs.map((ageMs, index) =>
    eventRow({ offset: BigInt(100 + index), appendedAtMs: now - ageMs, tenantId: 'tnt_c', source: 'src_c' }),
  );
  await createJournalWriter(inSparse, Date.now).write(old);
  const filter = { sinceMs: now - 30 * 24 * hourMs, untilMs: now + 1, source: 'src_c' };

  const all = await searchEvents(inSparse, { scope: 'all', filter, limit: 10 });
  const some = await searchEvents(inSparse, { scope: 'all', filter, limit: 3 });

  expect(all.map(({ place }) => place.appendedAtMs)).toEqual(agesMs.map((ageMs) => now - ageMs));
  expect(some).toEqual(all.slice(0, 3));
});
