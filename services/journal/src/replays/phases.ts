import {
  auditReplay,
  type LeasedReplay,
  moveReplay,
  readReplay,
  readReplayCanary,
  type ReplayCanary,
  type ReplayEnding,
  returnDeliveries,
} from '@trunkline/journal';
import type { GroupPlan } from '@trunkline/operations';
import type { Transaction } from '@trunkline/postgres';

import { replayLimits } from './limits.ts';

/** What comes next: make the plan, publish a portion, wait a moment, look again at once, or nothing. */
export interface ReplayTurn {
  readonly next: 'plan' | 'publish' | 'wait' | 'again' | 'over';
  readonly replay: LeasedReplay;
}

/** Who ends replays, in the audit. */
const runnerActor = 'trunkline journal';

/** Decides what is due for a replay, in a transaction that has it. `groups` are those that take what it publishes. */
export async function decideReplay(
  tx: Transaction,
  replay: LeasedReplay,
  groups: readonly GroupPlan[],
): Promise<ReplayTurn> {
  return { next: await nextOf(tx, replay, groups), replay };
}

async function nextOf(
  tx: Transaction,
  replay: LeasedReplay,
  groups: readonly GroupPlan[],
): Promise<ReplayTurn['next']> {
  if (replay.state === 'ended') return 'over';
  if (replay.wanted === 'cancel') return await endReplay(tx, replay, { ending: 'cancelled', reason: 'cancelled' });
  const busy = replay.wanted === 'pause' ? 'wait' : undefined;
  switch (replay.state) {
    case 'asked':
      return busy ?? 'plan';
    case 'canary':
      if (replay.hasQueued && replay.published < replayLimits.canaryDeliveries) return busy ?? 'publish';
      return await judgeCanary(tx, replay, groups);
    case 'running':
      return replay.hasQueued ? (busy ?? 'publish') : await endReplay(tx, replay, { ending: 'done' });
  }
}

async function judgeCanary(
  tx: Transaction,
  replay: LeasedReplay,
  groups: readonly GroupPlan[],
): Promise<ReplayTurn['next']> {
  const { events, done, dead, retrying } = await outcomesOf(tx, replay, groups);
  // A retry is a failure too, but one that may mend itself until the time is up.
  const failed = dead + (replay.isDue ? retrying : 0);
  if (failed > events * replayLimits.canaryDeadShare) {
    const reason = `${failed} of ${events} events of the first deliveries failed: nothing else was published`;
    return await endReplay(tx, replay, { ending: 'canary_failed', reason });
  }
  const known = done + dead + (replay.isDue ? retrying : 0);
  if (known >= events) {
    await moveReplay(tx, replay, { state: 'running', reason: null, dueInMs: null });
    return 'again';
  }
  if (replay.dueAtMs === undefined) await moveReplay(tx, replay, { dueInMs: replayLimits.canaryWaitMs });
  else if (replay.isDue) {
    const reason = `${events - known} of ${events} events of the first deliveries have no outcome yet: do their groups run?`;
    if (replay.reason !== reason) await moveReplay(tx, replay, { reason });
  }
  return 'wait';
}

/** An event counts once for each group that wants it. */
async function outcomesOf(tx: Transaction, replay: LeasedReplay, groups: readonly GroupPlan[]): Promise<ReplayCanary> {
  const sum = { events: 0, done: 0, dead: 0, retrying: 0 };
  for (const group of groups) {
    const { events, done, dead, retrying } = await readReplayCanary(tx, replay, group);
    sum.events += events;
    sum.done += done;
    sum.dead += dead;
    sum.retrying += retrying;
  }
  return sum;
}

/** Ends it: what was not done is given back. */
export async function endReplay(
  tx: Transaction,
  replay: LeasedReplay,
  { ending, reason }: { readonly ending: ReplayEnding; readonly reason?: string },
): Promise<'over'> {
  if (replay.state === 'ended') return 'over';
  await returnDeliveries(tx, replay, ending);
  await moveReplay(tx, replay, { state: 'ended', ending, reason: reason ?? null, dueInMs: null });
  const counts = (await readReplay(tx, replay.id))?.counts;
  const detail = { ending, ...counts };
  await auditReplay(tx, replay, { actor: runnerActor, action: 'replay end', note: reason ?? '', detail });
  return 'over';
}
