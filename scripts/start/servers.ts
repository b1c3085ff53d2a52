/** Watches the servers that `npm start` started: one that ends by itself is told, and started again. */
import { setTimeout as pause } from 'node:timers/promises';

import { messageOf, TrunklineError } from '@trunkline/core';
import {
  followStack,
  partTitles,
  type Progress,
  type Stack,
  type StackPart,
  type StackProgress,
} from '@trunkline/stack';

export interface ServerWatch {
  /** Given to the stack: steps of the progress list at first, and once it has closed, news for the terminal. */
  readonly onProgress: (event: StackProgress) => void;
  /** From now on the stack's servers are kept running. */
  watch(stack: Stack): void;
}

const waitedFor: ReadonlySet<StackPart> = new Set(['kafka', 'postgres']);
const firstWaitMs = 250;
const longestWaitMs = 5_000;
const tries = 5;

export function watchServers(options: {
  readonly progress: Progress;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): ServerWatch {
  const { say, signal } = options;
  const follow = followStack(options.progress);
  let stack: Stack | undefined;
  const restarting = new Set<StackPart>();
  const missing = new Set<StackPart>();

  async function startAgain(part: StackPart): Promise<void> {
    if (stack === undefined || restarting.has(part)) return;
    restarting.add(part);
    let waitMs = firstWaitMs;
    for (let left = tries; left > 0 && !signal.aborted; left -= 1) {
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      if (signal.aborted) break;
      try {
        await stack.part(part).restart();
        say(`${partTitles[part]} is ready again (pid ${stack.part(part).pid})`);
        break;
      } catch (error) {
        if (signal.aborted) break;
        say(messageOf(error));
        // A stack that is over refuses every try alike.
        const isOver = error instanceof TrunklineError && error.code === 'config_invalid';
        if (isOver) left = 1;
        if (left === 1) say(`${partTitles[part]} does not come back: end this with Ctrl-C, and npm start again`);
      }
    }
    restarting.delete(part);
  }

  return {
    onProgress: (event) => {
      if (stack === undefined) {
        follow(event);
        if (event.state === 'failed') missing.add(event.part);
        return;
      }
      if (event.state !== 'failed' || signal.aborted) return;
      const meanwhile = waitedFor.has(event.part) ? 'The services wait for it' : 'The services go on without it';
      say(`${partTitles[event.part]} ${event.detail ?? 'failed'}; starting it again. ${meanwhile}`);
      startAgain(event.part).catch((error: unknown) => say(messageOf(error)));
    },
    watch: (started) => {
      stack = started;
      for (const part of missing) {
        say(`${partTitles[part]} did not start; starting it again. The services go on without it`);
        startAgain(part).catch((error: unknown) => say(messageOf(error)));
      }
    },
  };
}
