import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { runCommandLine } from '../testing/run-command.ts';

const repository = path.resolve(import.meta.dirname, '../../../..');

describe('providers fixtures', () => {
  it('finds nothing to write where every fixture becomes what its file expects', async () => {
    const { exitCode, stdout } = await runCommandLine(['providers', 'fixtures', 'stripe', '--check'], {
      directory: repository,
    });

    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('every fixture of stripe'),
    });
  });
});
