import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { readFirstStart } from './first-start.ts';
import { createTestDatabase, createTestService, type TestDatabase, type TestService } from './testing/index.ts';

const { postgresAdminUrl } = inject('stack');
let service: TestService;
let test: TestDatabase;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});

describe('the first start of a service', () => {
  it('is when it was asked for first, also for processes that start at the same moment', async () => {
    const database = test.open();
    const beforeMs = Date.now();

    const together = await Promise.all([readFirstStart(database), readFirstStart(database)]);
    const later = await readFirstStart(database);

    expect(new Set([...together, later]).size).toBe(1);
    // One machine, one clock; Postgres rounds down as we do.
    expect(later).toBeGreaterThanOrEqual(beforeMs);
    expect(later).toBeLessThanOrEqual(Date.now());
  });

  it('is asked of a migrated database only', async () => {
    const database = test.open();
    await test.admin('DROP TABLE trunkline.first_start');

    await expect(readFirstStart(database)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('trunkline migrate'),
    });
  });
});
