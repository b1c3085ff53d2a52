import { messageOf, settledWithin } from '@trunkline/core';

import type { Logger } from './logger.ts';

/** What a service's main.ts builds: started once, stopped once. */
export interface App {
  /** Resolves when the process does what it is for, or waits for a dependency and says so on /readyz. */
  start(signal: AbortSignal): Promise<void>;
  /** Stops taking work, finishes what it has, closes. Has `deadlineMs` from now; what is late is abandoned. */
  stop(deadlineMs: number): Promise<void>;
}

/** Things to close, last opened first. */
export interface Lifecycle {
  /** `stop` has `deadlineMs` from the moment it is called. */
  onStop(name: string, stop: (deadlineMs: number) => Promise<void>): void;
  /** Runs every stop, last in first out. A stop that fails or is late is logged and does not keep the others from running. */
  stop(deadlineMs: number): Promise<void>;
}

/** What a step is given at the least, so that one hanging step does not leave the rest unclosed. */
const leastStepMs = 100;

export function createLifecycle(log: Logger): Lifecycle {
  const steps: { readonly name: string; readonly stop: (deadlineMs: number) => Promise<void> }[] = [];
  return {
    onStop: (name, stop) => {
      steps.push({ name, stop });
    },
    stop: async (deadlineMs) => {
      const end = performance.now() + deadlineMs;
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        const stepMs = Math.max(leastStepMs, end - performance.now());
        try {
          if ((await settledWithin(step.stop(stepMs), stepMs)) === 'late') {
            log.error({ step: step.name, deadlineMs: Math.round(stepMs) }, 'did not stop in time; abandoned');
          }
        } catch (error) {
          log.error({ step: step.name, err: error }, `failed to stop: ${messageOf(error)}`);
        }
      }
    },
  };
}
