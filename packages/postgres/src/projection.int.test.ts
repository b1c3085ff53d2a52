import { eventId, type EventId } from '@trunkline/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { Database, DatabaseEvent } from './database.ts';
import { defineProjection, project, type Projection, type ProjectionEvent } from './projection.ts';
import {
  createTestDatabase,
  createTestService,
  holdOpen,
  type TestDatabase,
  type TestService,
  waitingForLocks,
} from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');

const fields = {
  name: { column: 'name', type: 'text' },
  amount: { column: 'amount', type: 'bigint' },
  live: { column: 'live', type: 'boolean' },
  seenAt: { column: 'seen_at', type: 'timestamptz' },
  tags: { column: 'tags', type: 'text[]' },
} as const;
type Field = keyof typeof fields;
const payload = 'name text, amount bigint, live boolean, seen_at timestamptz, tags text[]';
const key = `tenant_id text, provider text, account text, kind text, entity_id text, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, provider, account, kind, entity_id)`;
const existence = `deleted_at timestamptz, existence_version text COLLATE "C"`;
const fieldVersions = ['name', 'amount', 'live', 'seen_at', 'tags']
  .map((column) => `${column}_version text COLLATE "C"`)
  .join(', ');

const snapshot = defineProjection<Field>({ table: 'snapshot', fields, versions: 'entity', existence: true });
const partial = defineProjection<Field>({ table: 'partial', fields, versions: 'field', existence: true });
const grouped = defineProjection<Field>({
  table: 'grouped',
  fields,
  versions: 'entity',
  apart: { charge: ['amount', 'live'] },
  existence: true,
});

let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {
    '001-projections.sql': `
      CREATE TABLE shop.snapshot (${payload}, entity_version text COLLATE "C", ${existence}, ${key});
      CREATE TABLE shop.partial (${payload}, ${fieldVersions}, ${existence}, ${key});
      CREATE TABLE shop.grouped (${payload}, entity_version text COLLATE "C", charge_version text COLLATE "C",
        ${existence}, ${key});
      SELECT trunkline.isolate_tenants('shop.snapshot'), trunkline.isolate_tenants('shop.partial'),
        trunkline.isolate_tenants('shop.grouped');`,
  });
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(() => empty());

describe.each([
  ['with one version', snapshot],
  ['with a version per field', partial],
  ['with a group of fields apart', grouped],
] as const)('a projection %s', (_, projection) => {
  it('keeps every kind of value', async () => {
    const values = {
      name: 'it’s "a" \\ \n text',
      amount: 9_007_199_254_740_991,
      live: true,
      seenAt: 1_700_000_000_123,
      tags: ['a,b', '"{}"', '\\', ''],
    };

    await apply(projection, [event(1, values)]);

    expect(await rows(projection)).toMatchObject([
      {
        name: values.name,
        amount: '9007199254740991',
        live: true,
        seen_at: new Date(values.seenAt),
        tags: values.tags,
      },
    ]);
  });

  it('clears a field that is stated as null, and leaves one that is not stated', async () => {
    await apply(projection, [event(1, { name: 'a', amount: 1 })]);
    await apply(projection, [event(2, { name: null })]);

    expect(await rows(projection)).toMatchObject([{ name: null, amount: '1' }]);
  });

  it('does not let an older event overwrite, in one batch or in two', async () => {
    const stale = [
      await apply(projection, [event(5, { name: 'new' }), event(4, { name: 'old' })]),
      await apply(projection, [event(3, { name: 'older' })]),
    ];

    expect(await rows(projection)).toMatchObject([{ name: 'new' }]);
    expect(stale).toEqual([[idOf(4)], [idOf(3)]]);
  });

  it('compares versions as bytes: a digit is older than a letter, whatever the locale', async () => {
    const versions = ['Z', 'a', '-', '0', '~'];

    await apply(
      projection,
      versions.map((version, index) => ({ ...event(index, { name: version }), version })),
    );

    // ASCII: "-" < "0" < "Z" < "a" < "~"; a language's order would put "a" before "Z".
    expect(await rows(projection)).toMatchObject([{ name: '~' }]);
  });

  it('writes deleted_at on a deletion, and a newer restore clears it, in any order', async () => {
    const restore = { ...event(3, {}), deletedAtMs: null };
    const deletion = { ...event(2, {}), deletedAtMs: 1_700_000_000_000 };

    await apply(projection, [event(1, { name: 'a' }), deletion]);
    const deleted = await rows(projection);
    await apply(projection, [restore]);
    const restored = await rows(projection);
    const late = await apply(projection, [{ ...deletion, eventId: idOf(9) }]);

    expect(deleted).toMatchObject([{ name: 'a', deleted_at: new Date(1_700_000_000_000) }]);
    expect(restored).toMatchObject([{ name: 'a', deleted_at: null }]);
    expect(late).toEqual([idOf(9)]);
  });

  it('keeps entities apart that differ in one part of the key only', async () => {
    const parts = ['tenantId', 'provider', 'account', 'kind', 'entityId'] as const;
    const base = event(1, { name: 'base' });
    const others = parts.map((part, index) => ({
      ...event(index + 2, { name: part }),
      key: { ...base.key, [part]: part === 'tenantId' ? 'tnt_b' : 'other' },
    }));

    await apply(projection, [base, ...others]);

    const found = await rows(projection);
    expect(found).toHaveLength(6);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['base', ...parts]));
  });

  it('stores a zero character as U+FFFD instead of failing', async () => {
    await apply(projection, [event(1, { name: 'a\0b', tags: ['\0'] })]);

    expect(await rows(projection)).toMatchObject([{ name: 'a\u{fffd}b', tags: ['\u{fffd}'] }]);
  });

  it('gives the state and the stale events of applying the events one by one, for any batch', async () => {
    await fc.assert(
      fc.asyncProperty(histories('any'), fc.nat(6), async (history, size) => {
        const inBatches = await applyAll(projection, batchesOf(history, size + 1));
        const oneByOne = await applyAll(projection, batchesOf(history, 1));

        expect(inBatches).toEqual(oneByOne);
      }),
    );
  });
});

describe('the final state', () => {
  it('of a snapshot entity whose events state the same fields does not depend on order or batching', async () => {
    await fc.assert(fc.asyncProperty(arrangements('same'), (arranged) => sameEndState(snapshot, arranged)));
  });

  it('of an entity with a version per field does not depend on order or batching', async () => {
    await fc.assert(fc.asyncProperty(arrangements('any'), (arranged) => sameEndState(partial, arranged)));
  });

  it('of an entity with a version per field has what only a late event knows', async () => {
    await apply(partial, [event(5, { name: 'new' })]);
    const stale = await apply(partial, [event(4, { name: 'old', amount: 7 })]);

    expect(await rows(partial)).toMatchObject([{ name: 'new', amount: '7' }]);
    expect(stale).toEqual([]);
  });
});

describe('an entity with a group of fields apart', () => {
  it('takes a late event about the group, although the rest of it is newer, and the other way round', async () => {
    await apply(grouped, [event(5, { name: 'paid' })]);
    const stale = [
      await apply(grouped, [event(4, { amount: 7 })]),
      await apply(grouped, [event(6, { amount: 8 })]),
      await apply(grouped, [event(3, { name: 'created', amount: 1 })]),
    ];

    expect(await rows(grouped)).toMatchObject([{ name: 'paid', amount: '8' }]);
    expect(stale).toEqual([[], [], [idOf(3)]]);
  });

  it('is there when an event about the group comes first', async () => {
    await apply(grouped, [event(1, { amount: 7 })]);
    await apply(grouped, [event(2, { name: 'paid' })]);

    expect(await rows(grouped)).toMatchObject([{ name: 'paid', amount: '7' }]);
  });

  it('ends in one state in any order and batching of two kinds of events that state the same each', async () => {
    await fc.assert(fc.asyncProperty(arrangements('kinds'), (arranged) => sameEndState(grouped, arranged)));
  });
});

describe('two transactions', () => {
  it('that write the same entities in opposite orders do not deadlock, and the newest version wins', async () => {
    const events: DatabaseEvent[] = [];
    const both = test.open({ onEvent: (happened) => events.push(happened) });
    const batch = (version: number, ids: readonly string[]): readonly ProjectionEvent<Field>[] =>
      ids.map((entityId) => {
        const base = event(version, { amount: version });
        return { ...base, key: { ...base.key, entityId } };
      });
    await apply(snapshot, batch(1, ['a', 'b', 'c']));
    // Both get as far as the middle one and wait there, each with what it has locked so far.
    const held = await holdOpen(database, (tx) =>
      tx.query(`SELECT FROM shop.snapshot WHERE entity_id = 'b' FOR UPDATE`),
    );

    const writing = [batch(3, ['a', 'b', 'c']), batch(2, ['c', 'b', 'a'])].map((order) =>
      both.transaction(['tnt_a'], (tx) => project(tx, snapshot, order)),
    );
    await expect.poll(() => waitingForLocks(test)).toBe(2);
    await held.release();
    await Promise.all(writing);

    expect(events).toEqual([]);
    expect((await rows(snapshot)).map(({ amount }) => amount)).toEqual(['3', '3', '3']);
  });
});

async function sameEndState(projection: Projection<Field>, { history, shuffled, size }: Arrangement): Promise<void> {
  const inOrder = await applyAll(projection, batchesOf(history, 1));
  const arranged = await applyAll(projection, batchesOf(shuffled, size));

  expect(arranged.state).toEqual(inOrder.state);
}

/** Applies the batches to an empty table; returns what is there then and which events were stale. */
async function applyAll(projection: Projection<Field>, batches: readonly (readonly ProjectionEvent<Field>[])[]) {
  await empty();
  const stale: EventId[] = [];
  for (const batch of batches) stale.push(...(await apply(projection, batch)));
  return { state: await rows(projection), stale: new Set(stale) };
}

async function apply(
  projection: Projection<Field>,
  events: readonly ProjectionEvent<Field>[],
): Promise<readonly EventId[]> {
  const { stale } = await database.transaction(['tnt_a', 'tnt_b'], (tx) => project(tx, projection, events));
  return stale;
}

async function rows(projection: Projection<Field>): Promise<readonly Record<string, unknown>[]> {
  const found = await test.admin<Record<string, unknown>>(
    `SELECT * FROM shop.${projection.table} ORDER BY tenant_id, provider, account, kind, entity_id`,
  );
  return found.map(({ updated_at: _updatedAt, ...row }) => row);
}

async function empty(): Promise<void> {
  await test.empty('shop.snapshot', 'shop.partial', 'shop.grouped');
}

function idOf(version: number): EventId {
  return eventId({
    sourceId: 'src_test',
    basis: 'id',
    parts: [String(version)],
    entity: 'a.b',
    qualifier: '',
    correction: 0,
  });
}

function event(version: number, values: ProjectionEvent<Field>['fields']): ProjectionEvent<Field> {
  return {
    eventId: idOf(version),
    key: { tenantId: 'tnt_a', provider: 'stripe', account: 'acct_1.live', kind: 'payment', entityId: 'pi_1' },
    version: String(version).padStart(4, '0'),
    fields: values,
  };
}

/** What the events of a history state: all of them the same fields, each any, or each those of one of two kinds. */
type States = 'same' | 'any' | 'kinds';

/** Events of two entities, one in each of two tenants, with distinct versions in random order. */
function histories(states: States): fc.Arbitrary<readonly ProjectionEvent<Field>[]> {
  const values = {
    name: fc.constantFrom('a', 'b', null),
    amount: fc.constantFrom(1, 2, null),
    live: fc.constantFrom(true, false, null),
  };
  const { name, ...rest } = values;
  const stated = {
    same: fc.record(values),
    any: fc.record(values, { requiredKeys: [] }),
    kinds: fc.oneof(fc.record({ name }), fc.record(rest)),
  }[states];
  const deletedAtMs =
    states === 'any' ? fc.constantFrom(undefined, undefined, null, 1_700_000_000_000) : fc.constant(undefined);
  const one = fc.tuple(stated, fc.constantFrom('tnt_a', 'tnt_b'), deletedAtMs);
  return fc.array(one, { minLength: 1, maxLength: 8 }).chain((drawn) =>
    fc
      .shuffledSubarray(
        drawn.map((_, index) => index),
        { minLength: drawn.length },
      )
      .map((versions) =>
        drawn.map(([values_, tenantId, deleted], index) => {
          const base = event(versions[index] ?? 0, values_);
          return {
            ...base,
            key: { ...base.key, tenantId },
            ...(deleted === undefined ? {} : { deletedAtMs: deleted }),
          };
        }),
      ),
  );
}

interface Arrangement {
  readonly history: readonly ProjectionEvent<Field>[];
  readonly shuffled: readonly ProjectionEvent<Field>[];
  readonly size: number;
}

function arrangements(states: States): fc.Arbitrary<Arrangement> {
  return histories(states).chain((history) =>
    fc.record({
      history: fc.constant(history),
      shuffled: fc.shuffledSubarray([...history], { minLength: history.length }),
      size: fc.integer({ min: 1, max: 8 }),
    }),
  );
}

function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
