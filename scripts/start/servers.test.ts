import { createProgress, type StackPartHandle } from '@trunkline/stack';
import { expect, it } from 'vitest';

import { watchServers } from './servers.ts';

/** A server that cannot start while its disk is full. */
function serverOn(disk: { freeMegabytes: number; tries: number }): StackPartHandle {
  const never = (): Promise<void> => Promise.reject(new Error('nobody asks for that'));
  return {
    part: 'postgres',
    pid: 7,
    stop: never,
    kill: never,
    freeze: never,
    thaw: never,
    restart: () => {
      disk.tries += 1;
      return disk.freeMegabytes > 0 ? Promise.resolve() : Promise.reject(new Error('No space left on device'));
    },
  };
}

it('a server whose disk is full is started again when there is room, however long that takes', async () => {
  const disk = { freeMegabytes: 0, tries: 0 };
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  let looks = 0;
  const servers = watchServers({
    progress: createProgress({ isTTY: false, write: () => true }),
    signal: new AbortController().signal,
    lookMs: 1,
    say: (line) => {
      said.push(line);
      if (line.includes('ready again')) ready.resolve();
      if (line.includes('does not come back')) ready.reject(new Error(line));
    },
    roomOf: () => {
      looks += 1;
      // More looks than there are tries.
      if (looks > 20) disk.freeMegabytes = 100;
      return Promise.resolve({ folder: '/data/postgres', freeMegabytes: disk.freeMegabytes });
    },
  });
  servers.watch({ part: () => serverOn(disk) });

  servers.onProgress({ part: 'postgres', state: 'failed', detail: 'ended unexpectedly (exit code 1)' });
  await ready.promise;

  expect(disk.tries).toBe(2);
  expect(said).toEqual([
    'PostgreSQL ended unexpectedly (exit code 1); starting it again. The services wait for it',
    'No space left on device',
    'the disk is full: /data/postgres has 0 MB free; make room. With 16 MB PostgreSQL is started again',
    'PostgreSQL is ready again (pid 7)',
  ]);
});
