/** What an earlier run on the same data folder left behind: a running stack, one that is just stopping, or orphans of a crash. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { foreignCode, TrunklineError } from '@trunkline/core';

import type { ChildState, StackState } from './guardian-messages.ts';
import { isSameProcess, signalFamily, trySignal } from './processes.ts';

const pollMs = 50;
// The guardian's own longest way: two ranks of 5 s each, and some room.
const stoppingDeadlineMs = 15_000;

export function statePathOf(dataDir: string): string {
  return join(dataDir, 'stack.json');
}

/** Held while a stack on this folder is being started or its data removed. Beside the folder, so that a reset does not remove it. */
export function claimPathOf(dataDir: string): string {
  return `${dataDir}.lock`;
}

/** The pid of the process whose stack runs on this data folder now; undefined when none does. */
export async function runningStackPid(dataDir: string): Promise<number | undefined> {
  const state = await readState(dataDir);
  return state !== undefined && isSameProcess(state.owner) && isSameProcess(state.guardian)
    ? state.owner.pid
    : undefined;
}

/**
 * Makes sure that no process of an earlier run is left. Throws `config_invalid` when that run is alive and well. Only
 * processes whose start time matches the pid file are signalled: a pid may have gone to a stranger meanwhile.
 */
export async function clearLeftovers(dataDir: string): Promise<void> {
  const running = await runningStackPid(dataDir);
  if (running !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `a stack already runs on ${dataDir} (pid ${running}): stop it, or share it (npm run stack prints how), or use another folder`,
    );
  }
  const state = await readState(dataDir);
  if (state === undefined) return;
  // Its owner died a moment ago and it is stopping the servers: nobody does that better.
  await waitUntil(() => !isSameProcess(state.guardian), stoppingDeadlineMs);
  await stopOrphans(await readState(dataDir));
  await rm(statePathOf(dataDir), { force: true });
}

async function stopOrphans(state: StackState | undefined): Promise<void> {
  if (state === undefined) return;
  const ranks = [...new Set(state.children.map((child) => child.rank))].toSorted((a, b) => b - a);
  for (const rank of ranks) {
    await Promise.all(state.children.filter((child) => child.rank === rank).map(stopOrphan));
  }
}

async function stopOrphan(child: ChildState): Promise<void> {
  if (!isSameProcess(child)) return;
  trySignal(child.pid, child.stopSignal);
  signalFamily(child.pid, 'SIGCONT');
  await waitUntil(() => !isSameProcess(child), child.graceMs);
  if (!isSameProcess(child)) return;
  signalFamily(child.pid, 'SIGKILL');
  await waitUntil(() => !isSameProcess(child), child.graceMs);
}

async function waitUntil(done: () => boolean, deadlineMs: number): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  while (!done() && performance.now() < giveUpAt) await delay(pollMs);
}

async function readState(dataDir: string): Promise<StackState | undefined> {
  try {
    // Written by our guardian, in one step.
    return JSON.parse(await readFile(statePathOf(dataDir), 'utf8')) as StackState;
  } catch (error) {
    if (foreignCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
