import { createRecentMap, steadyClock } from '@trunkline/core';
import type { EndpointId } from '@trunkline/delivery';

import type { NewTask } from '../handlers/fan-out.ts';
import { deliveryLimits } from '../limits.ts';
import type { Agenda } from './agenda.ts';
import type { OldestTask } from './due.ts';
import {
  changeLane,
  dropQueue,
  enqueue,
  fits,
  heldBytes,
  type Lane,
  type LaneMemory,
  type LoadedTask,
  lookAtMs,
  newLane,
} from './lane.ts';
import type { Route } from './load.ts';
import type { Finished } from './results.ts';

/** The work of all endpoints in memory. */
export interface Lanes {
  isEmpty(): boolean;
  /** An endpoint was made or changed. Whether there are tasks of one that is new is for the caller to find out. */
  learn(route: Route): void;
  /** There may be tasks in these shards. */
  lookAtShards(shards: readonly number[]): void;
  /** The same of these endpoints; one that is not known yet is looked at when it is heard of. */
  lookAtEndpoints(endpoints: readonly EndpointId[]): void;
  /** Of an endpoint the task that has been due longest, as it was found in Postgres. */
  lookAtOldest(oldest: OldestTask): void;
  /** Tasks of the endpoint were taken away: what is loaded of it and not sent yet is looked for again. */
  letGoOf(endpointId: EndpointId): void;
  /** These have just been made: they wait in memory, or their lanes are looked at. */
  take(tasks: readonly NewTask[]): void;
  /** Written. While no load is under way: what it would have found is not due any more. */
  letGo(written: readonly Finished[]): void;
  /** Somebody else sends for it, and finds what there is. */
  giveUp(lane: Lane): void;
  /** The same of all that somebody else sends for. */
  giveUpOthers(): void;
  /** Whether nothing of the shard is under way. */
  isIdle(shard: number): boolean;
}

export interface LanesOptions {
  readonly agenda: Pick<Agenda, 'place'>;
  /** Whether this process sends for the shard: of the others nobody looks here for what there is. */
  readonly owns: (shard: number) => boolean;
}

export function createLanes({ agenda, owns }: LanesOptions): Lanes {
  const lanes = new Map<EndpointId, Lane>();
  const byShard = new Map<number, Lane[]>();
  const memory: LaneMemory = { queuedBytes: 0 };
  /** What was let go: whoever hands over a task that a load had found before him comes too late with it. */
  const done = createRecentMap<string, true>(deliveryLimits.rememberedTasks);

  function lookAt(lane: Lane, atMs: number): void {
    lane.lookAtMs = Math.min(lane.lookAtMs, atMs);
    agenda.place(lane);
  }

  function giveUp(lane: Lane): void {
    dropQueue(lane);
    lane.lookAtMs = Number.POSITIVE_INFINITY;
    lane.turnAfter = undefined;
    agenda.place(lane);
  }

  function add(route: Route): void {
    const lane = newLane(route, memory);
    changeLane(lane, route);
    lane.lookAtMs = Number.POSITIVE_INFINITY;
    lanes.set(route.endpointId, lane);
    const others = byShard.get(lane.shard);
    if (others === undefined) byShard.set(lane.shard, [lane]);
    else others.push(lane);
  }

  return {
    isEmpty: () => lanes.size === 0,
    learn(route) {
      const lane = lanes.get(route.endpointId);
      if (lane === undefined) return add(route);
      if (lane.revision === route.revision) return;
      changeLane(lane, route);
      agenda.place(lane);
    },
    lookAtShards(shards) {
      const now = steadyClock();
      for (const shard of shards.filter(owns)) for (const lane of byShard.get(shard) ?? []) lookAt(lane, now);
    },
    lookAtEndpoints(endpoints) {
      const now = steadyClock();
      for (const endpointId of endpoints) {
        const lane = lanes.get(endpointId);
        if (lane !== undefined && owns(lane.shard)) lookAt(lane, now);
      }
    },
    lookAtOldest({ endpointId, eventUuid, dueInMs }) {
      const lane = lanes.get(endpointId);
      // What is behind one that is in hand is known, or is found when that one is written.
      if (lane === undefined || !owns(lane.shard) || (eventUuid !== null && lane.inHand.has(eventUuid))) return;
      lookAt(lane, steadyClock() + Math.max(0, lane.state === 'deleted' ? 0 : (dueInMs ?? 0)));
    },
    letGoOf(endpointId) {
      const lane = lanes.get(endpointId);
      if (lane === undefined) return;
      dropQueue(lane);
      agenda.place(lane);
    },
    take(tasks) {
      const now = steadyClock();
      for (const { endpointId, shard, task } of tasks) {
        // Whoever took its shard meanwhile looks for what there is.
        if (!owns(shard)) continue;
        const lane = lanes.get(endpointId);
        // One that is new is looked at when it is heard of.
        if (lane === undefined) continue;
        if (lane.inHand.has(task.eventUuid) || done.get(nameOf(endpointId, task.eventUuid)) === true) continue;
        if (!isNext(lane, task, now)) lookAt(lane, now);
        else {
          lane.inHand.set(task.eventUuid, task.orderKey);
          enqueue(lane, task);
          agenda.place(lane);
        }
      }
    },
    letGo(written) {
      const now = steadyClock();
      for (const { endpointId, eventUuid, next } of written) {
        const lane = lanes.get(endpointId);
        if (lane === undefined) continue;
        const orderKey = lane.inHand.get(eventUuid);
        lane.inHand.delete(eventUuid);
        done.set(nameOf(endpointId, eventUuid), true);
        if (next.kind === 'again') lookAt(lane, now + next.delayMs);
        // The next one of its chain may go.
        else if (typeof orderKey === 'string') lookAt(lane, now);
      }
    },
    giveUp,
    giveUpOthers() {
      for (const [shard, own] of byShard) if (!owns(shard)) for (const lane of own) giveUp(lane);
    },
    isIdle: (shard) => (byShard.get(shard) ?? []).every(({ inHand }) => inHand.size === 0),
  };
}

/** Whether a new task may wait in memory: what waits in Postgres is older, and a chain is sent from its head. */
function isNext(lane: Lane, { orderKey, body }: LoadedTask, now: number): boolean {
  const held = { allBytes: lane.memory.queuedBytes, ownBytes: lane.queuedBytes };
  return (
    orderKey === null &&
    lane.state === 'enabled' &&
    lane.heldUntilMs <= now &&
    lookAtMs(lane) > now &&
    fits(heldBytes(body?.length ?? 0), held)
  );
}

function nameOf(endpointId: EndpointId, eventUuid: string): string {
  return `${endpointId} ${eventUuid}`;
}
