import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ServiceMigrations } from '../migrate.ts';

/** A service whose migrations a test writes down. */
export interface TestService extends ServiceMigrations {
  /** Adds or replaces a migration file. */
  write(name: string, sql: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createTestService(schema: string, files: Readonly<Record<string, string>>): Promise<TestService> {
  const directory = await mkdtemp(join(tmpdir(), 'trunkline-migrations-'));
  const service: TestService = {
    schema,
    directory,
    write: (name, sql) => writeFile(join(directory, name), sql),
    remove: () => rm(directory, { recursive: true }),
  };
  for (const [name, sql] of Object.entries(files)) await service.write(name, sql);
  return service;
}
