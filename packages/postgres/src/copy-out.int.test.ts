import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { BinaryCopyReader, placeArray } from './binary-format.ts';
import { CopyBuffer } from './copy-out.ts';
import type { Database } from './database.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open({ maxConnections: 1 });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

async function copied<Row>(
  select: string,
  read: (reader: BinaryCopyReader) => Row,
  maxBytes: number = 100_000_000,
): Promise<readonly Row[]> {
  const copy = `COPY (${select}) TO STDOUT (FORMAT binary)`;
  const answer = await database.transaction([], (tx) => tx.copyOut(copy, new CopyBuffer(maxBytes)));
  const reader = new BinaryCopyReader(answer);
  const rows: Row[] = [];
  while (reader.nextRow()) rows.push(read(reader));
  return rows;
}

const firstText = (reader: BinaryCopyReader): string | null => reader.text();

describe('what is copied out of Postgres', () => {
  it('is read as what its columns are, NULL apart from nothing', async () => {
    const row = String.raw`'\x00ff5c27'::bytea, NULL::bytea, ''::bytea, 'é', NULL, 7::bigint, NULL::bigint, '(70000,513)'::tid`;

    const rows = await copied(`SELECT ${row}`, (reader) => [
      reader.bytes(),
      reader.bytes(),
      reader.bytes(),
      reader.text(),
      reader.text(),
      reader.bigint(),
      reader.bigint(),
      reader.place(),
    ]);

    const place = 70_000 * 2 ** 16 + 513;
    expect(rows).toEqual([[Buffer.from([0, 255, 92, 39]), null, Buffer.alloc(0), 'é', null, 7, null, place]]);
  });

  it('is nothing where there are no rows', async () => {
    expect(await copied('SELECT 1 WHERE false', firstText)).toEqual([]);
  });

  it('is whole and in order, of any size', async () => {
    const select = `SELECT n::text AS n, repeat(md5(n::text), n % 300) AS value FROM generate_series(1, 2000) AS n`;

    const rows = await copied(select, (reader) => ({ n: reader.text(), value: reader.text() }));

    expect(rows).toEqual(await test.admin(select));
  });

  it('may be read in part, row by row', async () => {
    const select = `SELECT n::text, NULL, repeat('x', n) FROM generate_series(1, 3) AS n`;

    expect(await copied(select, firstText)).toEqual(['1', '2', '3']);
    await expect(copied('SELECT 1', (reader) => [reader.bytes(), reader.bytes()])).rejects.toThrow('fewer fields');
  });

  it('ends before the first row that is too much, and says so', async () => {
    const select = `SELECT repeat('x', size) FROM unnest('{500,300,400,1}'::int[]) AS row (size)`;
    const sizes = async (maxBytes: number): Promise<readonly unknown[]> => {
      const rows = await copied(select, (reader) => [reader, reader.text()?.length] as const, maxBytes);
      return [...rows.map(([, size]) => size), rows[0]?.[0].isCut === true ? 'cut' : 'whole'];
    };

    expect(await sizes(100_000)).toEqual([500, 300, 400, 1, 'whole']);
    expect(await sizes(1_000)).toEqual([500, 300, 'cut']);
    expect(await sizes(10)).toEqual([500, 'cut']);
  });

  it('uses the same memory again, but that of one row which was larger than it takes', async () => {
    const into = new CopyBuffer(1_000);
    const copy = async (text: string): Promise<Buffer> =>
      await database.transaction([], (tx) => tx.copyOut(`COPY (SELECT ${text}) TO STDOUT (FORMAT binary)`, into));
    const first = await copy(`'first'`);
    const large = await copy(`repeat('x', 5000)`);

    const second = await copy(`'second'`);
    const third = await copy(`'third'`);

    expect([first, second, third].map((answer) => answer.buffer === third.buffer)).toEqual([false, true, true]);
    expect(large.length).toBeGreaterThan(5_000);
    expect(third.toString('latin1')).toContain('third');
    expect(second.equals(third)).toBe(false);
  });

  it('fails as any statement does, after rows that have come, and leaves the connection to the next', async () => {
    await expect(copied('SELECT 1 / (1900 - n) FROM generate_series(1, 2000) AS n', firstText)).rejects.toMatchObject({
      cause: { code: '22012' },
    });

    expect(await copied(`SELECT 'next'`, firstText)).toEqual(['next']);
  });

  it('is an outage where the connection is lost on the way', async () => {
    const lost = copied(
      'SELECT n, pg_terminate_backend(pg_backend_pid()) FROM generate_series(1, 2000) AS n',
      firstText,
    );

    await expect(lost).rejects.toMatchObject({ code: 'dependency_unavailable' });
    expect(await copied(`SELECT 'next'`, firstText)).toEqual(['next']);
  });
});

it('takes places in binary', async () => {
  const places = [0, 513, 70_000 * 2 ** 16 + 513];

  const rows = await database.statement('SELECT place::text FROM unnest($1::tid[]) AS place', [placeArray(places)]);

  expect(rows).toEqual(['(0,0)', '(0,513)', '(70000,513)'].map((place) => ({ place })));
});
