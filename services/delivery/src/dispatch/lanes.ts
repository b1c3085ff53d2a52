import { createRecentMap, steadyClock } from '@trunkline/core';
import type { EndpointId } from '@trunkline/delivery';

import type { NewTask } from '../handlers/fan-out.ts';
import { deliveryLimits } from '../limits.ts';
import { changeLane, dropQueue, isIdle, type Lane, type LoadedTask, lookAtMs, newLane, queuedBytes } from './lane.ts';
import type { Route } from './load.ts';
import type { Finished } from './results.ts';

/** The work of all endpoints in memory. */
export interface Lanes {
  get(endpointId: EndpointId): Lane | undefined;
  isEmpty(): boolean;
  /** Those that there may be something to do for: of ten thousand endpoints few, and a turn looks at these alone. */
  readonly busy: ReadonlySet<Lane>;
  /** An endpoint was made or changed. Whether there are tasks of one that is new is for the caller to find out. */
  learn(route: Route): void;
  /** There may be something to load at that moment, by the steady clock. */
  lookAt(lane: Lane, atMs: number): void;
  lookAtShards(shards: readonly number[]): void;
  /** They have had their turn: others come first in the next one. */
  toTheEnd(lanes: readonly Lane[]): void;
  /** These have just been made: they wait in memory, or their lanes are looked at. */
  take(tasks: readonly NewTask[]): void;
  /** Written. While no load is under way: what it would have found is not due any more. */
  letGo(written: readonly Finished[]): void;
  /** Somebody else sends for it, and finds what there is. */
  giveUp(lane: Lane): void;
  /** Forgets about those for which there is nothing to do. */
  rest(): void;
  /** How many bytes of messages memory still takes. */
  freeBytes(): number;
}

export function createLanes(): Lanes {
  const lanes = new Map<EndpointId, Lane>();
  const busy = new Set<Lane>();
  /** What was let go: whoever hands over a task that a load had found before him comes too late with it. */
  const done = createRecentMap<string, true>(deliveryLimits.rememberedTasks);

  function lookAt(lane: Lane, atMs: number): void {
    lane.lookAtMs = Math.min(lane.lookAtMs, atMs);
    busy.add(lane);
  }

  function freeBytes(): number {
    let bytes = deliveryLimits.maxLoadedBytes;
    for (const lane of busy) bytes -= queuedBytes(lane);
    return bytes;
  }

  function queue(lane: Lane, task: LoadedTask): void {
    lane.inHand.set(task.eventUuid, task.orderKey);
    lane.queue.push(task);
    busy.add(lane);
  }

  return {
    get: (endpointId) => lanes.get(endpointId),
    isEmpty: () => lanes.size === 0,
    busy,
    learn(route) {
      const known = lanes.get(route.endpointId);
      const lane = known ?? newLane(route);
      if (lane.revision === route.revision) return;
      changeLane(lane, route);
      if (known !== undefined) return lookAt(lane, 0);
      lane.lookAtMs = Number.POSITIVE_INFINITY;
      lanes.set(route.endpointId, lane);
    },
    lookAt,
    lookAtShards(shards) {
      const wanted = new Set(shards);
      const now = steadyClock();
      for (const lane of lanes.values()) if (wanted.has(lane.shard)) lookAt(lane, now);
    },
    toTheEnd(some) {
      for (const lane of some) {
        busy.delete(lane);
        busy.add(lane);
      }
    },
    take(tasks) {
      const now = steadyClock();
      let free = freeBytes();
      for (const { endpointId, task } of tasks) {
        const lane = lanes.get(endpointId);
        // One that is new is looked at when it is heard of.
        if (lane === undefined) continue;
        if (lane.inHand.has(task.eventUuid) || done.get(nameOf(endpointId, task.eventUuid)) === true) continue;
        const bytes = task.body?.length ?? 0;
        if (bytes > free || !isNext(lane, task, now)) lookAt(lane, now);
        else {
          free -= bytes;
          queue(lane, task);
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
    giveUp(lane) {
      dropQueue(lane);
      lane.lookAtMs = Number.POSITIVE_INFINITY;
      lane.turnAfter = undefined;
    },
    rest() {
      for (const lane of busy) if (isIdle(lane)) busy.delete(lane);
    },
    freeBytes,
  };
}

/** Whether a new task may wait in memory: what waits in Postgres is older, and a chain is sent from its head. */
function isNext(lane: Lane, { orderKey }: LoadedTask, now: number): boolean {
  return (
    orderKey === null &&
    lane.state === 'enabled' &&
    lane.heldUntilMs <= now &&
    lookAtMs(lane) > now &&
    lane.queue.length < deliveryLimits.laneNewTasks
  );
}

function nameOf(endpointId: EndpointId, eventUuid: string): string {
  return `${endpointId} ${eventUuid}`;
}
