import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { byteaArray, jsonArray, textArray, uuidArray } from './binary-array.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

let service: TestService;
let test: TestDatabase;
beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

/** What Postgres reads in the array, each item written by the driver. */
async function itemsOf(type: string, array: Buffer): Promise<readonly unknown[]> {
  const rows = await test.admin<{ readonly item: unknown }>(`SELECT item FROM unnest($1::${type}[]) AS item`, [array]);
  return rows.map(({ item }) => item);
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyText = fc.string({ unit: 'grapheme', maxLength: 100 });

describe('an array in its binary form is read by Postgres as the items that it was made of:', () => {
  it('bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(anyBytes), { maxLength: 20 }), async (items) => {
        expect(await itemsOf('bytea', byteaArray(items))).toEqual(items);
      }),
      { numRuns: 50 },
    );
  });

  it('texts and JSON of any letters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { maxLength: 20 }), async (items) => {
        const kept = items.map((item) => item.replaceAll('\0', '\u{fffd}'));

        expect(await itemsOf('text', textArray(items))).toEqual(kept);
        expect(await itemsOf('json', jsonArray(kept.map((item) => JSON.stringify({ item }))))).toEqual(
          kept.map((item) => ({ item })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('texts that Postgres could not hold, with a sign in the place of what it cannot', async () => {
    expect(await itemsOf('text', textArray(['a\0b', 'c\ud800d', ''])).catch(String)).toEqual(['a�b', 'c�d', '']);
  });

  it('uuids', async () => {
    const items = Array.from({ length: 20 }, () => randomUUID());

    expect(await itemsOf('uuid', uuidArray(items))).toEqual(items);
  });
});

it.each(['', 'no uuid', 'e3b0c442-98fc-4c14-9afb-f4c8996fb9', 'e3b0c442-98fc-4c14-9afb-f4c8996fb92427'])(
  'there is no uuid %s',
  (text) => {
    expect(() => uuidArray([randomUUID(), text])).toThrow(TypeError);
  },
);
