import { steadyClock } from '@trunkline/core';

import { isHungry, type Lane, lookAtMs } from './lane.ts';
import { type SlotClass, slotClasses, slotClassOf } from './slots.ts';

/**
 * What can be done for which lanes now, and when there will be something for the others. A turn comes with each answer, and there
 * may be ten thousand lanes with something under way: it touches those alone for which it does something.
 */
export interface Agenda {
  /** Files a lane where it belongs by now; whoever changes one says so. One that stays where it is keeps its place. */
  place(lane: Lane): void;
  /** Takes out the one of this class that has waited longest for its turn to send; none where there is none. */
  nextToSend(of: SlotClass): readonly Lane[];
  /** Takes out those that are to be loaded, so many at most. */
  nextToLoad(most: number): readonly Lane[];
  /** Takes out those whose endpoint is to be read before anything else, so many at most. */
  nextToOpen(most: number): readonly Lane[];
  hasToOpen(): boolean;
  /** Files nothing more. */
  stop(): void;
}

/** Longer than a timer of Node takes is not needed: whoever wakes too early is filed again. */
const longestTimerMs = 86_400_000;

/** `onDue` is told when the time of a lane has come, after it has been filed. */
export function createAgenda({ onDue }: { readonly onDue: () => void }): Agenda {
  const toOpen = new Set<Lane>();
  const toLoad = new Set<Lane>();
  const toSend: Readonly<Record<SlotClass, Set<Lane>>> = {
    proven: new Set(),
    unproven: new Set(),
    suspect: new Set(),
  };
  const alarms = new Map<Lane, { readonly atMs: number; readonly timer: NodeJS.Timeout }>();
  let isStopped = false;

  function place(lane: Lane): void {
    if (isStopped) return;
    const now = steadyClock();
    const isAwake = lane.state !== 'disabled' && lane.heldUntilMs <= now;
    const wants = isAwake && lookAtMs(lane) <= now && isHungry(lane);
    const has = isAwake && lane.queue.length > 0;
    const isOpen = lane.opened !== undefined;
    file(toOpen, lane, !isOpen && (wants || has));
    file(toLoad, lane, isOpen && wants);
    const of = slotClassOf(lane.health, lane.lastTookMs);
    const sends = isOpen && has && lane.inFlight < lane.window;
    for (const each of slotClasses) file(toSend[each], lane, sends && each === of);
    setAlarm(lane, alarmOf(lane, now));
  }

  function setAlarm(lane: Lane, atMs: number | undefined): void {
    const set = alarms.get(lane);
    if (set?.atMs === atMs) return;
    clearTimeout(set?.timer);
    alarms.delete(lane);
    if (atMs === undefined) return;
    const ring = (): void => {
      alarms.delete(lane);
      place(lane);
      onDue();
    };
    const timer = setTimeout(ring, Math.min(longestTimerMs, Math.ceil(atMs - steadyClock())));
    alarms.set(lane, { atMs, timer });
  }

  return {
    place,
    nextToSend: (of) => takeFirst(toSend[of], 1),
    nextToLoad: (most) => takeFirst(toLoad, most),
    nextToOpen: (most) => takeFirst(toOpen, most),
    hasToOpen: () => toOpen.size > 0,
    stop() {
      isStopped = true;
      for (const { timer } of alarms.values()) clearTimeout(timer);
      alarms.clear();
    },
  };
}

/** When something begins to be possible that is not possible yet; undefined: no time makes it so. */
function alarmOf(lane: Lane, now: number): number | undefined {
  if (lane.state === 'disabled') return undefined;
  const lookAt = lookAtMs(lane);
  const atMs = lane.queue.length > 0 && lane.heldUntilMs > now ? lane.heldUntilMs : Math.max(lookAt, lane.heldUntilMs);
  return atMs > now && Number.isFinite(atMs) ? atMs : undefined;
}

function file(set: Set<Lane>, lane: Lane, belongs: boolean): void {
  if (belongs) set.add(lane);
  else set.delete(lane);
}

function takeFirst(set: Set<Lane>, most: number): readonly Lane[] {
  const taken = set.values().take(most).toArray();
  for (const lane of taken) set.delete(lane);
  return taken;
}
