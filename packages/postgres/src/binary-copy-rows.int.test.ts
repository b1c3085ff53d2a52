import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { BinaryCopyRows } from './binary-copy-rows.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

let service: TestService;
let test: TestDatabase;
beforeAll(async () => {
  service = await createTestService('shop', {
    '001-sample.sql': `
      CREATE TABLE shop.sample (n smallint, i integer, b bigint, at timestamptz, id uuid, yes boolean, words text, list bigint[], tenant_id text NOT NULL);
      SELECT trunkline.isolate_tenants('shop.sample');`,
  });
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

interface Sample {
  readonly n: number | undefined;
  readonly i: number | undefined;
  readonly b: number | bigint | undefined;
  readonly atMs: number | undefined;
  readonly id: string | undefined;
  readonly yes: boolean | undefined;
  readonly words: string | undefined;
  readonly list: readonly number[];
}

const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });

const anySample: fc.Arbitrary<Sample> = fc.record({
  n: maybe(fc.integer({ min: -32_768, max: 32_767 })),
  i: maybe(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })),
  b: maybe(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  // The years 1 to 9999.
  atMs: maybe(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
  id: maybe(fc.uuid().map((uuid) => uuid.replaceAll('-', ''))),
  yes: maybe(fc.boolean()),
  words: maybe(fc.string({ unit: 'binary', maxLength: 5_000 }).map((text) => text.replaceAll('\0', ''))),
  list: fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 }),
});

function copied(samples: readonly Sample[], tenant: string): Buffer {
  const rows = new BinaryCopyRows(9);
  for (const { n, i, b, atMs, id, yes, words, list } of samples) {
    rows.beginRow();
    rows.smallint(n);
    rows.integer(i);
    rows.bigint(b);
    rows.time(atMs);
    rows.uuid(id);
    rows.boolean(yes);
    rows.text(words);
    rows.bigints(list);
    rows.text(tenant);
  }
  return rows.end();
}

describe('rows in the binary format of COPY', () => {
  it('are read by Postgres as the values that they were made of', async () => {
    const admin = test.open({ connectionString: test.adminUrl });
    await fc.assert(
      fc.asyncProperty(fc.array(anySample, { maxLength: 20 }), async (samples) => {
        const tenant = randomUUID();
        await admin.transaction([], (tx) =>
          tx.copy('COPY shop.sample FROM STDIN (FORMAT binary)', copied(samples, tenant)),
        );

        const found = await test.admin<{ readonly ms: string | null }>(
          `SELECT n, i, b::text, (extract(epoch FROM at) * 1000)::text AS ms, replace(id::text, '-', '') AS id, yes, words, list::text[]
           FROM shop.sample WHERE tenant_id = $1 ORDER BY ctid`,
          [tenant],
        );

        expect(found.map((row) => ({ ...row, ms: row.ms === null ? null : Number(row.ms) }))).toEqual(
          samples.map(({ n, i, b, atMs, id, yes, words, list }) => ({
            n: n ?? null,
            i: i ?? null,
            b: b === undefined ? null : String(b),
            ms: atMs ?? null,
            id: id ?? null,
            yes: yes ?? null,
            words: words?.toWellFormed() ?? null,
            list: list.map(String),
          })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, (rows: BinaryCopyRows) => void]>([
    ['a smallint of more than two bytes', (rows) => rows.smallint(32_768)],
    ['an integer of more than four', (rows) => rows.integer(2_147_483_648)],
    ['half a number', (rows) => rows.integer(0.5)],
    ['a number that cannot count', (rows) => rows.bigint(2 ** 53)],
    ['no time', (rows) => rows.time(Number.NaN)],
    ['a uuid with its dashes', (rows) => rows.uuid(randomUUID())],
    ['a digit that is none', (rows) => rows.uuid('g'.repeat(32))],
  ])('refuse %s', (_what, write) => {
    const rows = new BinaryCopyRows(1);
    rows.beginRow();

    expect(() => write(rows)).toThrow(/is no |cannot be converted/);
  });
});
