import { afterEach, describe, expect, it } from 'vitest';

import { frameworkMigrations } from './framework/migrations.ts';
import { readMigrations } from './migration-files.ts';
import { createTestService, type TestService } from './testing/index.ts';

let service: TestService;
afterEach(() => service.remove());

describe('the migrations of a service', () => {
  it('are those of the framework, then its own files in the order of their numbers', async () => {
    service = await createTestService('telephony', { '002-b.sql': '', '001-a.sql': '', 'README.md': '' });

    const migrations = await readMigrations(service);

    expect(migrations.map(({ name }) => name)).toEqual([
      ...frameworkMigrations.map(({ name }) => name),
      '001-a.sql',
      '002-b.sql',
    ]);
  });

  it.each(['1-a.sql', '001_a.sql', '000-a.sql', '000.05-a.sql'])('are refused with the name %s', async (name) => {
    service = await createTestService('telephony', { [name]: '' });

    await expect(readMigrations(service)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(name),
    });
  });

  it('do not share a number', async () => {
    service = await createTestService('telephony', { '001-a.sql': '', '001-b.sql': '' });

    await expect(readMigrations(service)).rejects.toMatchObject({ message: expect.stringContaining('001-b.sql') });
  });

  it('are the same file with other line ends', async () => {
    service = await createTestService('telephony', { '001-a.sql': 'SELECT 1;\nSELECT 2;\n' });
    const before = await readMigrations(service);

    await service.write('001-a.sql', 'SELECT 1;\r\nSELECT 2;\r\n');

    expect((await readMigrations(service))[1]?.checksum).toBe(before[1]?.checksum);
  });

  it('cannot be read from a directory that is not there, and the message names it', async () => {
    service = await createTestService('telephony', {});

    const reading = readMigrations({ schema: 'telephony', directory: `${service.directory}/nowhere` });

    await expect(reading).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('/nowhere'),
    });
  });
});
