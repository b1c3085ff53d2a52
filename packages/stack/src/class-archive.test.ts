import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { classArchiveIn, ensureClassArchive, withClassArchive } from './class-archive.ts';
import type { Launch } from './guardian-messages.ts';

const launch: Launch = {
  part: 'kafka',
  command: 'java',
  args: ['kafka.Kafka'],
  env: {},
  cwd: '/',
  logPath: '/kafka.log',
  stopSignal: 'SIGTERM',
  graceMs: 5_000,
  rank: 1,
};

describe('the archive of the classes of a server', () => {
  let folder: string;
  let archive: string;
  let runs: Launch[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-classes-'));
    archive = classArchiveIn(folder, 'openjdk version "17.0.15"');
    runs = [];
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is made by one run of the server, however many ask for it at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => ensure(writes('classes'))));

    expect(runs).toHaveLength(1);
    expect((await withClassArchive(launch, archive)).args).toEqual([`-XX:SharedArchiveFile=${archive}`, 'kafka.Kafka']);
  });

  it('is left out of a start while there is none', async () => {
    expect(await withClassArchive(launch, archive)).toEqual(launch);
    expect(await withClassArchive(launch, undefined)).toEqual(launch);
  });

  it('is not there when the server was killed before it had written the header, and is tried again', async () => {
    await ensure(writes('\0\0\0\0 classes'));
    expect(await withClassArchive(launch, archive)).toEqual(launch);

    await ensure(writes('classes'));

    expect(runs).toHaveLength(2);
    expect(await withClassArchive(launch, archive)).not.toEqual(launch);
  });

  it('is not asked for again of a Java that makes none', async () => {
    await ensure(async () => undefined);
    await ensure(async () => undefined);

    expect(runs).toHaveLength(1);
    expect(await withClassArchive(launch, archive)).toEqual(launch);
  });

  it('is one for each version of Java, the last one made', async () => {
    await ensure(writes('classes'));
    const newer = classArchiveIn(folder, 'openjdk version "17.0.16"');
    await ensure(writes('classes'), newer);

    expect(newer).not.toBe(archive);
    expect((await readdir(folder)).filter((name) => name.endsWith('.jsa'))).toEqual([newer.slice(folder.length + 1)]);
  });

  it('is not made where there is no folder to write in', async () => {
    await ensure(writes('classes'), classArchiveIn(join(folder, 'none'), 'openjdk version "17.0.15"'));

    expect(runs).toEqual([]);
  });

  function ensure(run: (partial: string) => Promise<void>, wanted = archive): Promise<void> {
    return ensureClassArchive({
      archive: wanted,
      launch,
      runOnce: async (given) => {
        runs.push(given);
        await run(given.args[0]?.split('=')[1] ?? '');
      },
    });
  }

  /** Stands for the server, which writes the archive as it ends. */
  function writes(content: string): (partial: string) => Promise<void> {
    return (partial) => writeFile(partial, content);
  }
});
