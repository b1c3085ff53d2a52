import { setTimeout as delay } from 'node:timers/promises';

import { classify, type Clock, dispositionOf, type TrunklineError } from '@trunkline/core';

import type { ConsumerLog } from './ports.ts';

/** A group that waits for a dependency instead of failing records. */
export interface Pause {
  /** What is waited for, for /readyz; undefined while the group works. */
  reason(): string | undefined;
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

export function createPause({ maxStepMs, clock, log }: PauseOptions): Pause {
  const waiting = new Set<{ readonly error: TrunklineError }>();
  let sinceMs = 0;

  function begin(request: { readonly error: TrunklineError }): void {
    if (waiting.size === 0) {
      sinceMs = clock();
      const { code, message } = request.error;
      log.warn({ event: 'paused', code, reason: message }, 'paused: a dependency is away');
    }
    waiting.add(request);
  }

  function end(request: { readonly error: TrunklineError }): void {
    waiting.delete(request);
    if (waiting.size === 0) log.info({ event: 'resumed', pausedMs: clock() - sinceMs }, 'resumed');
  }

  async function wait<T>({ answers, signal, after = 0 }: PauseRequest<T>): Promise<T> {
    for (let step = after; ; step += 1) {
      await delay(backoffMs(step, maxStepMs), undefined, { signal });
      try {
        return await answers();
      } catch (thrown) {
        if (signal.aborted || dispositionOf(classify(thrown).code) !== 'pause') throw thrown;
      }
    }
  }

  return {
    reason(): string | undefined {
      const [first] = waiting;
      return first === undefined ? undefined : `paused (${first.error.code}): ${first.error.message}`;
    },
    async until(request) {
      begin(request);
      try {
        return await wait(request);
      } finally {
        end(request);
      }
    },
  };
}

/** 50, 100, 200, … ms up to the longest step, of which at least half: several processes must not knock in step. */
function backoffMs(step: number, maxStepMs: number): number {
  const full = Math.min(maxStepMs, firstStepMs * 2 ** Math.min(step, 10));
  return full * (0.5 + Math.random() / 2);
}
