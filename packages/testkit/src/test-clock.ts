import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '@trunkline/installation';

import type { Undone } from './mutation.ts';

/** The clock of started processes, which a test sets while they run. */
export interface TestClock {
  /** What a service has to be started with so that it goes by this clock. */
  readonly undoing: Undone;
  /** Sets it to the machine's time and so much more; resolves when every process that goes by it has seen it. */
  set(offsetMs: number): Promise<void>;
  close(): void;
}

const seenDeadlineMs = 20_000;

/** Creates a clock that tells the machine's time. */
export function createTestClock(): TestClock {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-clock-'));
  const seen = join(directory, 'seen');
  mkdirSync(seen);
  const write = (offsetMs: number): void => {
    writeFileSync(join(directory, 'offset.new'), String(offsetMs));
    renameSync(join(directory, 'offset.new'), join(directory, 'offset'));
  };
  write(0);
  return {
    undoing: {
      nodeArguments: ['--import', join(import.meta.dirname, 'test-clock-preload.ts')],
      env: { TRUNKLINE_TEST_CLOCK: directory },
    },
    set: async (offsetMs) => {
      write(offsetMs);
      await until(
        `every process sees its clock set by ${offsetMs} ms`,
        () =>
          readdirSync(seen).every(
            (pid) => isGone(Number(pid)) || readFileSync(join(seen, pid), 'utf8') === String(offsetMs),
          ),
        { deadlineMs: seenDeadlineMs, everyMs: 10 },
      );
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}
