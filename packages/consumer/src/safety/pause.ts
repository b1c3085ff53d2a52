import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs, classify, type Clock, dispositionOf, type ErrorCode, type TrunklineError } from '@trunkline/core';

import type { ConsumerLog } from '../ports.ts';

/** A group that waits for a dependency instead of failing records. */
export interface Pause {
  /** What is waited for, for /readyz; undefined while the group works. */
  reason(): string | undefined;
  /** The code of the same. */
  code(): ErrorCode | undefined;
  /**
   * Waits with back-off until `answers` resolves, and returns what it returned. Rejects when it fails with something
   * other than an outage, or when the signal says that the records are no longer ours.
   */
  until<T>(wait: PauseRequest<T>): Promise<T>;
}

export interface PauseRequest<T> {
  readonly error: TrunklineError;
  readonly answers: () => Promise<T>;
  readonly signal: AbortSignal;
  /** Pauses of the same work right before this one: the back-off goes on where it was. */
  readonly after?: number;
}

export interface PauseOptions {
  readonly maxStepMs: number;
  readonly clock: Clock;
  readonly log: ConsumerLog;
}

const firstStepMs = 50;

/** One piece of waiting work, and what kept it waiting when it last asked. */
interface Waiting {
  error: TrunklineError;
}

export function createPause({ maxStepMs, clock, log }: PauseOptions): Pause {
  const waiting = new Set<Waiting>();
  let sinceMs = 0;

  function begin(entry: Waiting): void {
    if (waiting.size === 0) {
      sinceMs = clock();
      const { code, message } = entry.error;
      log.warn({ event: 'paused', code, reason: message }, 'paused: a dependency is away');
    }
    waiting.add(entry);
  }

  function end(entry: Waiting): void {
    waiting.delete(entry);
    if (waiting.size === 0) log.info({ event: 'resumed', pausedMs: clock() - sinceMs }, 'resumed');
  }

  async function wait<T>(entry: Waiting, { answers, signal, after = 0 }: PauseRequest<T>): Promise<T> {
    for (let step = after; ; step += 1) {
      await delay(backoffMs(step, { firstMs: firstStepMs, lastMs: maxStepMs }), undefined, { signal });
      try {
        return await answers();
      } catch (thrown) {
        const error = classify(thrown);
        if (signal.aborted || dispositionOf(error.code) !== 'pause') throw thrown;
        entry.error = error;
      }
    }
  }

  return {
    code(): ErrorCode | undefined {
      const [first] = waiting;
      return first?.error.code;
    },
    reason(): string | undefined {
      const [first] = waiting;
      return first === undefined ? undefined : `paused (${first.error.code}): ${first.error.message}`;
    },
    async until(request) {
      const entry: Waiting = { error: request.error };
      begin(entry);
      try {
        return await wait(entry, request);
      } finally {
        end(entry);
      }
    },
  };
}

/** What `ask` answers; an outage is waited out. Rejects as `until` does. */
export async function orPause<T>(pause: Pause, ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    const error = classify(thrown);
    if (signal.aborted || dispositionOf(error.code) !== 'pause') throw error;
    return await pause.until({ error, answers: ask, signal });
  }
}
