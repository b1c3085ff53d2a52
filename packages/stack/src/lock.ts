/** A lock between processes that cannot go stale: the operating system frees it when its holder ends, however it ends. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';

export interface LockOptions {
  readonly path: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds it. */
  readonly onWait?: () => void;
}

const retryMs = 100;
const sqliteBusy = 5;

/**
 * Runs while holding the lock file. SQLite's file lock is the one in Node that works the same on Linux and macOS and
 * leaves nothing to clean up; the database stays empty.
 */
export async function withLock<T>(options: LockOptions, run: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(options.path), { recursive: true });
  const lock = new DatabaseSync(options.path, { timeout: 0 });
  try {
    await acquire(lock, options);
    return await run();
  } finally {
    lock.close();
  }
}

async function acquire(lock: DatabaseSync, options: LockOptions): Promise<void> {
  const giveUpAt = performance.now() + options.deadlineMs;
  for (let attempt = 0; !tryAcquire(lock); attempt += 1) {
    if (attempt === 0) options.onWait?.();
    if (performance.now() >= giveUpAt) {
      throw new TrunklineError(
        'dependency_unavailable',
        `another process held ${options.path} for ${options.deadlineMs / 1000} s`,
      );
    }
    await delay(retryMs, undefined, { signal: options.signal });
  }
}

function tryAcquire(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false;
    throw error;
  }
}
