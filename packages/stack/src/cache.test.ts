import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Artifact } from './artifacts.ts';
import { describeFolder, ensureArtifact, isCached } from './cache.ts';

const content = 'bytes of a server';

describe('the cache of downloads', () => {
  let folder: string;
  let cacheDir: string;
  let env: Record<string, string>;
  let artifact: Artifact;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-cache-'));
    cacheDir = join(folder, 'cache');
    env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, CALLS: join(folder, 'calls') };
    await mkdir(join(folder, 'bin'));
    // Stands for Maven: notes the call and writes one file to the folder it is given.
    await maven(
      `echo call >> "$CALLS"; for a; do case $a in -DoutputDirectory=*) printf '${content}' > "\${a#*=}/server.jar";; esac; done`,
    );
    artifact = {
      folder: 'server-1',
      title: 'Server 1',
      megabytes: 1,
      recipe: { kind: 'file', coordinates: 'a:server:1' },
      digest: await digestOf(content),
    };
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('downloads an artifact once, however many ask for it at the same time', async () => {
    const paths = await Promise.all([1, 2, 3].map(async () => await ensureArtifact(artifact, { cacheDir, env })));

    expect(new Set(paths)).toEqual(new Set([join(cacheDir, 'server-1')]));
    expect(await readFile(env['CALLS'] ?? '', 'utf8')).toBe('call\n');
    expect(await readFile(join(cacheDir, 'server-1', 'server.jar'), 'utf8')).toBe(content);
  });

  it('refuses other bytes than the expected ones and keeps nothing of them', async () => {
    const other = { ...artifact, digest: await digestOf('other bytes') };

    const download = ensureArtifact(other, { cacheDir, env });

    await expect(download).rejects.toThrow('its content is not the expected one');
    expect(await readdir(cacheDir)).toEqual(['download.lock']);
  });

  it('downloads again when a file is missing or cut short', async () => {
    await ensureArtifact(artifact, { cacheDir, env });
    await writeFile(join(cacheDir, 'server-1', 'server.jar'), content.slice(1));
    expect(await isCached(artifact, cacheDir)).toBe(false);

    await ensureArtifact(artifact, { cacheDir, env });

    expect(await isCached(artifact, cacheDir)).toBe(true);
  });

  it('tells what Maven said when it fails', async () => {
    await maven('echo "[ERROR] Could not transfer artifact"; exit 1');

    const download = ensureArtifact(artifact, { cacheDir, env });

    await expect(download).rejects.toMatchObject({
      code: 'dependency_unavailable',
      message: expect.stringContaining('Could not transfer artifact'),
    });
  });

  async function maven(script: string): Promise<void> {
    await writeFile(join(folder, 'bin', 'mvn'), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'bin', 'mvn'), 0o755);
  }

  async function digestOf(bytes: string): Promise<string> {
    const sample = await mkdtemp(join(folder, 'sample-'));
    await writeFile(join(sample, 'server.jar'), bytes);
    return (await describeFolder(sample)).digest;
  }
});
