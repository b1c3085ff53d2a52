import { setTimeout as delay } from 'node:timers/promises';

import { messageOf, TrunklineError } from '@trunkline/core';

import type { Probe } from './probes.ts';

const firstPauseMs = 25;
const longestPauseMs = 200;

export interface ProbeWait {
  /** For the message: what did not answer. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks until the answer is yes; `dependency_unavailable` when the deadline passes first. */
export async function waitForProbe(probe: Probe, wait: ProbeWait): Promise<void> {
  const giveUpAt = performance.now() + wait.deadlineMs;
  let last: unknown = 'it says that it is not ready';
  for (let pauseMs = firstPauseMs; performance.now() < giveUpAt; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    wait.signal?.throwIfAborted();
    try {
      if (await probe()) return;
    } catch (error) {
      last = error;
    }
    await delay(pauseMs, undefined, { signal: wait.signal });
  }
  throw new TrunklineError(
    'dependency_unavailable',
    `${wait.what} did not answer within ${wait.deadlineMs / 1000} s (${messageOf(last)})`,
  );
}
