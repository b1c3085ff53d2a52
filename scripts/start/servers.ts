/** Watches the servers that `npm start` started: one that ends by itself is told, and started again. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { messageOf, TrunklineError } from '@trunkline/core';
import {
  followStack,
  freeMegabytes,
  fullBelowMegabytes,
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
  watch(stack: Pick<Stack, 'part'>): void;
}

export interface ServerWatchOptions {
  readonly progress: Progress;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where a server's data is, and how many megabytes are free there; undefined of one without any. */
  readonly roomOf: (part: StackPart) => Promise<Room | undefined>;
  /** Between two looks at a full disk. */
  readonly lookMs?: number;
}

export interface Room {
  readonly folder: string;
  readonly freeMegabytes: number;
}

const waitedFor: ReadonlySet<StackPart> = new Set(['kafka', 'postgres']);
const firstWaitMs = 250;
const longestWaitMs = 5_000;
const tries = 5;

/** Of the embedded stack: a folder of its own for whoever keeps data. What cannot be looked at is taken for roomy. */
export async function roomUnder(dataDir: string, part: StackPart): Promise<Room | undefined> {
  const folder = join(dataDir, part);
  const free = await freeMegabytes(folder).catch(() => undefined);
  return free === undefined ? undefined : { folder, freeMegabytes: free };
}

export function watchServers(options: ServerWatchOptions): ServerWatch {
  const { say, signal, roomOf, lookMs = longestWaitMs } = options;
  const follow = followStack(options.progress);
  let stack: Pick<Stack, 'part'> | undefined;
  const restarting = new Set<StackPart>();
  const missing = new Set<StackPart>();

  /** A full disk has no try to lose: until somebody makes room, or ends it all. False where there is room. */
  async function waitedForRoom(part: StackPart): Promise<boolean> {
    let room = await roomOf(part);
    if (room === undefined || room.freeMegabytes >= fullBelowMegabytes) return false;
    say(
      `the disk is full: ${room.folder} has ${room.freeMegabytes} MB free; make room. With ${fullBelowMegabytes} MB ${partTitles[part]} is started again`,
    );
    while (!signal.aborted && room !== undefined && room.freeMegabytes < fullBelowMegabytes) {
      await pause(lookMs, undefined, { signal }).catch(() => undefined);
      room = await roomOf(part);
    }
    return true;
  }

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
        if (await waitedForRoom(part)) {
          left = tries + 1;
          waitMs = firstWaitMs;
          continue;
        }
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
