import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createHealth, createLogger } from '@trunkline/runtime';
import { emptyDirectory } from '@trunkline/sources/directory';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openDirectory } from './open-directory.ts';

const text = `version: 1
tenants: [{ id: tnt_a, name: A }]
sources: []
people: [{ id: per_ada, tenant: tnt_a, name: Ada, channels: [{ id: mail, kind: email, to: env:ADA_MAIL }] }]
phones: [{ id: phn_front, tenant: tnt_a, owners: [per_ada] }]
`;

async function opened(content: string | undefined, environment: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-consumer-'));
  const file = content === undefined ? undefined : join(folder, 'trunkline.yaml');
  if (file !== undefined) await writeFile(file, content ?? '');
  const health = createHealth();
  const lines: string[] = [];
  const logger = createLogger({
    name: 'test',
    version: '0',
    instance: 'test',
    level: 'info',
    write: (line) => lines.push(line),
  });
  onTestFinished(() => rm(folder, { recursive: true }));
  const open = await openDirectory({ file, environment }, { logger, health });
  onTestFinished(() => open.close());
  return { ...open, health, lines };
}

describe('the directory of a consumer', () => {
  it('has the people and phones of the sources file, with addresses of the environment', async () => {
    const { directory, health } = await opened(text, { ADA_MAIL: 'ada@acme.example' });

    expect(directory.phoneOfEmail('tnt_a', 'ada@acme.example')?.id).toBe('phn_front');
    expect(health.readiness().checks['directory']).toEqual({ ok: true });
  });

  it('tells of an address that is not there, and the service is ready all the same', async () => {
    const { health, lines } = await opened(text);

    const detail: unknown = expect.stringContaining('env:ADA_MAIL is not set');
    expect(health.readiness().checks['directory']).toEqual({ ok: true, detail });
    expect(lines).toEqual([expect.stringContaining('env:ADA_MAIL is not set')]);
  });

  it('knows nobody where no file is named', async () => {
    const { directory } = await opened(undefined);

    expect(directory).toBe(emptyDirectory);
  });

  it('is config_invalid with mistakes from the start, with their lines', async () => {
    await expect(opened(text.replace('owners: [per_ada]', 'owners: [per_bob]'))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/trunkline\.yaml:5:\d+ phones\[0\]\.owners\[0\]: there is no person/) as string,
    });
  });
});
