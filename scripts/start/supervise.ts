/** Keeps the services of `npm start` running: a process that ends by itself is started again, and said so. */
import { setTimeout as pause } from 'node:timers/promises';

import { messageOf } from '@trunkline/core';
import type { ServiceProcess } from '@trunkline/installation';

import { unlessStopped } from './signals.ts';

export interface SupervisedService {
  readonly name: string;
  current(): ServiceProcess;
  /** Resolves when the service is ready for the first time; rejects when it does not get there. From then on it is watched. */
  ready(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

export interface SuperviseOptions {
  readonly name: string;
  readonly start: () => Promise<ServiceProcess>;
  readonly say: (line: string) => void;
  readonly onChange: () => void;
}

const firstWaitMs = 250;
const longestWaitMs = 5_000;
/** A process that ran this long was well: the next end starts the waits anew. */
const wellAfterMs = 30_000;
/** As long as a server of the stack has: one that ends is told at once, and one that takes longer never comes. */
const readyDeadlineMs = 120_000;

/** Starts the process. Whoever gets the answer stops it, ready or not. */
export async function supervise(options: SuperviseOptions): Promise<SupervisedService> {
  const stopping = new AbortController();
  let current = await options.start();
  let watching: Promise<void> = Promise.resolve();

  async function watch(): Promise<void> {
    let waitMs = firstWaitMs;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > wellAfterMs) waitMs = firstWaitMs;
      options.say(
        `${options.name} ended (${exit.signal ?? `exit code ${exit.code}`}); starting it again. Its log: ${current.logFile}`,
      );
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      if (stopping.signal.aborted) return;
      await startAgain();
    }
  }

  async function startAgain(): Promise<void> {
    try {
      current = await options.start();
      options.onChange();
      await unlessStopped(stopping.signal, () => current.ready(readyDeadlineMs));
      options.say(`${options.name} is ready again (pid ${current.pid})`);
    } catch (error) {
      if (!stopping.signal.aborted) options.say(messageOf(error));
    }
  }

  return {
    name: options.name,
    current: () => current,
    ready: async () => {
      await current.ready(readyDeadlineMs);
      if (!stopping.signal.aborted) watching = watch();
    },
    stop: async (deadlineMs) => {
      stopping.abort();
      await current.stop(deadlineMs);
      await watching;
      // One more may have been started while this one was being stopped.
      await current.stop(deadlineMs);
    },
  };
}
