import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { postgresDataFolder, postgresUser } from './parts/postgres-user.ts';
import { isFree } from './ports.ts';
import { startOf } from './processes.ts';
import { resetStack } from './reset-stack.ts';
import { startStack } from './start-stack.ts';
import { waitUntil } from './testing/wait-until.ts';

const timeoutMs = 120_000;
// PostgreSQL and Redis need well under a second each; the rest is for a busy machine.
const goneWithinMs = 60_000;

describe('when something goes wrong, the embedded stack', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-crash-'));
    dataDir = join(folder, 'data');
  });

  afterEach(async () => {
    await resetStack(dataDir);
    await rm(folder, { recursive: true });
  });

  it(
    'leaves no process behind when its parent is killed with -9',
    async () => {
      const { parent, pids } = await startParent(dataDir);
      const everyone = [...pids, (await state(dataDir)).guardian.pid];

      parent.kill('SIGKILL');

      await waitUntil(() => everyone.every((pid) => startOf(pid) === undefined), goneWithinMs);
      await expect(state(dataDir)).rejects.toThrow('ENOENT');
    },
    timeoutMs,
  );

  it(
    'clears what a crash of parent and guardian left, and starts on the same data',
    async () => {
      const { parent, pids } = await startParent(dataDir);
      parent.kill('SIGSTOP');
      process.kill((await state(dataDir)).guardian.pid, 'SIGKILL');
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      expect(pids.map((pid) => startOf(pid) !== undefined)).toEqual([true, true]);

      const stack = await startStack({ dataDir, parts: ['postgres', 'redis'] });

      expect(pids.map((pid) => startOf(pid))).toEqual([undefined, undefined]);
      await stack.stop();
    },
    timeoutMs,
  );

  it(
    'stops its servers from the parent when only the guardian is killed, and says that they ended and start no more',
    async () => {
      const ended: string[] = [];
      const stack = await startStack({
        dataDir,
        parts: ['postgres', 'redis'],
        onProgress: (event) => (event.state === 'failed' ? ended.push(event.part) : undefined),
      });
      const pids = [stack.part('postgres').pid ?? 0, stack.part('redis').pid ?? 0];

      process.kill((await state(dataDir)).guardian.pid, 'SIGKILL');

      await waitUntil(() => pids.every((pid) => startOf(pid) === undefined), goneWithinMs);
      await expect(stack.part('redis').restart()).rejects.toMatchObject({ code: 'config_invalid' });
      await stack.stop();
      expect(ended.toSorted()).toEqual(['postgres', 'redis']);
    },
    timeoutMs,
  );

  it(
    'names the port that is taken, who wants it and how to change it, and starts nothing',
    async () => {
      const stranger = createServer().listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      const address = stranger.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

      const start = startStack({ dataDir, parts: ['redis'], ports: { redis: port } });

      await expect(start).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringMatching(new RegExp(`port ${port}.*Redis.*TRUNKLINE_REDIS_PORT=`)),
      });
      await expect(state(dataDir)).rejects.toThrow('ENOENT');
      stranger.close();
    },
    timeoutMs,
  );

  it('names everything that is missing on the machine in one line, and writes nothing', async () => {
    const start = startStack({ dataDir, cacheDir: join(folder, 'cache'), env: { PATH: folder } });

    await expect(start).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^Java 17 or newer is missing[^\n]*; Maven is missing[^\n]*$/),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it(
    'shows the end of the log of a part that does not start, and stops the others',
    async () => {
      const first = await startStack({ dataDir, parts: ['postgres'] });
      await first.stop();
      const cluster = await postgresDataFolder(dataDir, await postgresUser());
      await appendFile(join(cluster, 'postgresql.conf'), '\nno_such_setting = 1\n');

      const start = startStack({ dataDir, parts: ['postgres', 'redis'] });

      await expect(start).rejects.toMatchObject({
        code: 'dependency_unavailable',
        message: expect.stringMatching(/postgres\.log[^]*no_such_setting/),
      });
      await expect(state(dataDir)).rejects.toThrow('ENOENT');
    },
    timeoutMs,
  );

  it(
    'goes on without a part that it was told to spare, and starts that one again',
    async () => {
      const first = await startStack({ dataDir, parts: ['postgres'] });
      await first.stop();
      const settings = join(await postgresDataFolder(dataDir, await postgresUser()), 'postgresql.conf');
      const good = await readFile(settings);
      await appendFile(settings, '\nno_such_setting = 1\n');
      const failed: string[] = [];

      const stack = await startStack({
        dataDir,
        parts: ['postgres', 'redis'],
        dispensable: ['postgres'],
        onProgress: (event) => (event.state === 'failed' ? failed.push(event.part) : undefined),
      });

      expect(failed).toEqual(['postgres']);
      expect([stack.part('postgres').pid, stack.part('redis').pid]).toEqual([undefined, expect.any(Number)]);
      await writeFile(settings, good);
      await stack.part('postgres').restart();
      expect(stack.part('postgres').pid).toEqual(expect.any(Number));
      await stack.stop();
    },
    timeoutMs,
  );

  it(
    'stops everything when its start is aborted',
    async () => {
      const aborter = new AbortController();

      const start = startStack({
        dataDir,
        parts: ['postgres', 'redis'],
        signal: aborter.signal,
        onProgress: (event) => (event.state === 'ready' ? aborter.abort(new Error('changed my mind')) : undefined),
      });

      await expect(start).rejects.toThrow('changed my mind');
      await expect(state(dataDir)).rejects.toThrow('ENOENT');
    },
    timeoutMs,
  );

  it(
    'reports a part that ends by itself, and none that was stopped',
    async () => {
      const ended: string[] = [];
      const stack = await startStack({
        dataDir,
        parts: ['postgres', 'redis'],
        onProgress: (event) => (event.state === 'failed' ? ended.push(event.part) : undefined),
      });

      process.kill(stack.part('redis').pid ?? 0, 'SIGKILL');
      await waitUntil(() => stack.part('redis').pid === undefined, goneWithinMs);
      await stack.stop();

      expect(ended).toEqual(['redis']);
    },
    timeoutMs,
  );

  it(
    'is not removed while it runs',
    async () => {
      const stack = await startStack({ dataDir, parts: ['redis'] });

      const reset = resetStack(dataDir);

      await expect(reset).rejects.toMatchObject({ message: expect.stringContaining(`pid ${process.pid}`) });
      expect(await isFree(Number(stack.endpoints.redisUrl.split(':').at(-1)))).toBe(false);
      await stack.stop();
    },
    timeoutMs,
  );
});

async function startParent(dataDir: string): Promise<{ parent: ChildProcess; pids: number[] }> {
  const script = join(import.meta.dirname, 'testing', 'start-and-wait.ts');
  const parent = fork(script, [dataDir], { execArgv: ['--conditions=@trunkline/source'] });
  const [message] = await once(parent, 'message');
  return { parent, pids: message.pids };
}

async function state(dataDir: string): Promise<{ guardian: { pid: number } }> {
  return JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8'));
}
