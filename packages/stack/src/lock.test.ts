import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { withLock } from './lock.ts';

describe('a lock between processes', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-lock-'));
    path = join(folder, 'a.lock');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('lets one in at a time', async () => {
    const order: string[] = [];
    const enter = async (name: string): Promise<void> => {
      await withLock({ path, deadlineMs: 5_000 }, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
      });
    };

    await Promise.all([enter('a'), enter('b')]);

    expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  it('gives up at its deadline', async () => {
    const held = Promise.withResolvers<void>();
    const holder = withLock({ path, deadlineMs: 1_000 }, async () => await held.promise);

    const second = withLock({ path, deadlineMs: 50 }, async () => await Promise.resolve());

    await expect(second).rejects.toMatchObject({ code: 'dependency_unavailable' });
    held.resolve();
    await holder;
  });

  it('is free as soon as its holder is killed', async () => {
    const holder = fork(join(import.meta.dirname, 'testing', 'hold-lock.ts'), [path], {
      execArgv: ['--conditions=@trunkline/source'],
    });
    await once(holder, 'message');
    holder.kill('SIGKILL');

    const entered = withLock({ path, deadlineMs: 5_000 }, async () => await Promise.resolve('entered'));

    await expect(entered).resolves.toBe('entered');
  });

  it('is free again after a failure', async () => {
    const failing = withLock({ path, deadlineMs: 1_000 }, async () => await Promise.reject(new Error('inside')));
    await expect(failing).rejects.toThrow('inside');

    const next = withLock({ path, deadlineMs: 1_000 }, async () => await Promise.resolve('entered'));

    await expect(next).resolves.toBe('entered');
  });
});
