import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createTestClock, type TestClock } from './test-clock.ts';

const run = promisify(execFile);
const hourMs = 3_600_000;

let clock: TestClock;

beforeEach(() => {
  clock = createTestClock();
});
afterEach(() => clock.close());

describe('the clock of a test', () => {
  it('is what a process goes by, whichever way it asks, and can be set while it runs', async () => {
    const program = `process.stdin.on('data', () => console.log(JSON.stringify([Date.now(), +new Date(), new Date(5).getTime()])));`;
    const child = spawn(process.execPath, [...(clock.undoing.nodeArguments ?? []), '-e', program], {
      env: { ...process.env, ...clock.undoing.env },
    });
    try {
      const told = async (): Promise<number[]> => {
        child.stdin.write('?');
        const [line]: unknown[] = await once(child.stdout, 'data');
        // The program prints three numbers.
        return JSON.parse(String(line)) as number[];
      };
      const right = await told();
      await clock.set(-hourMs);
      const wrong = await told();

      expect(Math.abs((right[0] ?? 0) - Date.now())).toBeLessThan(hourMs / 2);
      for (const ms of wrong.slice(0, 2)) expect(Math.abs(ms + hourMs - Date.now())).toBeLessThan(hourMs / 2);
      expect(wrong[2]).toBe(5);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is refused by a process that runs in production', async () => {
    const started = run(process.execPath, [...(clock.undoing.nodeArguments ?? []), '-e', '0'], {
      env: { ...process.env, ...clock.undoing.env, NODE_ENV: 'production' },
    });

    await expect(started).rejects.toThrow('TRUNKLINE_TEST_CLOCK must not be set where NODE_ENV is production');
  });
});
