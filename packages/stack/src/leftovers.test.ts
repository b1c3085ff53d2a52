import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { clearLeftovers, runningStackPid, statePathOf } from './leftovers.ts';
import { identify, startOf, type ProcessIdentity } from './processes.ts';

const gone: ProcessIdentity = { pid: 4_194_305, startedAt: 'long ago' };

describe('what an earlier run left', () => {
  let folder: string;
  let process1: ChildProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-leftovers-'));
    process1 = spawn('sleep', ['60']);
    await once(process1, 'spawn');
  });

  afterEach(async () => {
    process1.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  it('is stopped when it is the very process of the pid file', async () => {
    await leave(identify(process1.pid ?? 0) ?? gone);
    const exited = once(process1, 'exit');

    await clearLeftovers(folder);

    expect(await exited).toEqual([null, 'SIGTERM']);
  });

  it('is left alone when its pid belongs to a stranger by now', async () => {
    await leave({ pid: process1.pid ?? 0, startedAt: 'before the stranger started' });

    await clearLeftovers(folder);

    expect(startOf(process1.pid ?? 0)).toBeDefined();
  });

  it('is killed when it does not stop in its grace time', async () => {
    process1.kill('SIGKILL');
    process1 = spawn(process.execPath, [
      '-e',
      "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)",
    ]);
    if (process1.stdout !== null) await once(process1.stdout, 'data');
    await leave(identify(process1.pid ?? 0) ?? gone);
    const exited = once(process1, 'exit');

    await clearLeftovers(folder);

    expect(await exited).toEqual([null, 'SIGKILL']);
  });

  it('is refused as running while its owner and its guardian live', async () => {
    const self = identify(process.pid) ?? gone;
    await writeFile(statePathOf(folder), JSON.stringify({ owner: self, guardian: self, children: [] }));

    const pid = await runningStackPid(folder);

    expect(pid).toBe(process.pid);
    await expect(clearLeftovers(folder)).rejects.toThrow(`pid ${process.pid}`);
  });

  async function leave(child: ProcessIdentity): Promise<void> {
    const state = {
      owner: gone,
      guardian: gone,
      children: [{ ...child, part: 'redis', stopSignal: 'SIGTERM', graceMs: 500, rank: 1 }],
    };
    await writeFile(statePathOf(folder), JSON.stringify(state));
  }
});
