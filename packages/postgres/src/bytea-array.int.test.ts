import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { byteaArray } from './bytea-array.ts';
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

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

it('is read by Postgres as the items that it was made of', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(anyBytes), { maxLength: 20 }), async (items) => {
      const rows = await test.admin<{ readonly item: Buffer | null }>('SELECT item FROM unnest($1::bytea[]) AS item', [
        byteaArray(items),
      ]);

      expect(rows.map(({ item }) => item)).toEqual(items);
    }),
    { numRuns: 50 },
  );
});
