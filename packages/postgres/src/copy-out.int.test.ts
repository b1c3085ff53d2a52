import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { binaryArray, rowsOfBinaryCopy } from './binary-format.ts';
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

const copied = async (select: string): Promise<readonly (readonly (Buffer | null)[])[]> => {
  const bytes = await database.transaction([], (tx) => tx.copyOut(`COPY (${select}) TO STDOUT (FORMAT binary)`));
  return [...rowsOfBinaryCopy(bytes)];
};

describe('what is copied out of Postgres', () => {
  it('is the bytes of each field, NULL apart from none', async () => {
    expect(await copied(String.raw`SELECT '\x00ff5c27'::bytea, NULL::bytea, ''::bytea, 'é', 7::bigint`)).toEqual([
      [Buffer.from([0, 255, 92, 39]), null, Buffer.alloc(0), Buffer.from('é'), Buffer.from([0, 0, 0, 0, 0, 0, 0, 7])],
    ]);
  });

  it('is nothing where there are no rows', async () => {
    expect(await copied('SELECT 1 WHERE false')).toEqual([]);
  });

  it('is whole and in order, of any size', async () => {
    const rows = await copied(`SELECT n::text, repeat(md5(n::text), n % 300) FROM generate_series(1, 2000) AS n`);

    const expected = await test.admin<{ n: string; value: string }>(
      `SELECT n::text AS n, repeat(md5(n::text), n % 300) AS value FROM generate_series(1, 2000) AS n`,
    );
    expect(rows.map((row) => row.map(String))).toEqual(expected.map(({ n, value }) => [n, value]));
  });

  it('fails as any statement does, after rows that have come, and leaves the connection to the next', async () => {
    await expect(copied('SELECT 1 / (1900 - n) FROM generate_series(1, 2000) AS n')).rejects.toMatchObject({
      cause: { code: '22012' },
    });

    expect(await copied(`SELECT 'next'`)).toEqual([[Buffer.from('next')]]);
  });

  it('is an outage where the connection is lost on the way', async () => {
    const lost = copied('SELECT n, pg_terminate_backend(pg_backend_pid()) FROM generate_series(1, 2000) AS n');

    await expect(lost).rejects.toMatchObject({ code: 'dependency_unavailable' });
    expect(await copied(`SELECT 'next'`)).toEqual([[Buffer.from('next')]]);
  });
});

it('takes an array in binary', async () => {
  const byteaOid = 17;
  const elements = [Buffer.from([0, 255, 92]), Buffer.alloc(0), Buffer.from('{",}')];

  const rows = await database.statement('SELECT $1::bytea[] AS given', [binaryArray(byteaOid, elements)]);

  expect(rows).toEqual([{ given: elements }]);
});
