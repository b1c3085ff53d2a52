import { type ConsecutiveBreaker, createConsecutiveBreaker } from '@trunkline/breaker';
import { steadyClock } from '@trunkline/core';
import type { Endpoint, EndpointHealth, EndpointId, OpenedSecret } from '@trunkline/delivery';
import type { SigningKey } from '@trunkline/signing';

import { deliveryLimits } from '../limits.ts';

/** A message that has still to reach an endpoint, with what is sent. */
export interface LoadedTask {
  readonly eventUuid: string;
  readonly tenantId: string;
  readonly type: string;
  /** accepted_at of the message as Postgres writes it: with microseconds, which a Date has not. */
  readonly messageAt: string;
  readonly acceptedAtMs: number;
  readonly bornAtMs: number;
  /** Requests so far, and those of them that count for the schedule. */
  readonly attempts: number;
  readonly counted: number;
  readonly cause: string;
  /** The chain that it is in; null: in none. */
  readonly orderKey: string | null;
  /** Given up by a person, so that its chain goes on. */
  readonly released: boolean;
  /** Of the job that made it; null where none did. */
  readonly jobUuid: string | null;
  /** The format `standard`; undefined where the message is gone. */
  readonly body: Buffer | undefined;
  readonly traceparent: string | undefined;
}

/** An endpoint as it is sent to: of one revision, its secrets opened. */
export interface OpenedEndpoint {
  readonly endpoint: Endpoint;
  readonly host: string;
  readonly secrets: readonly (Omit<OpenedSecret, 'secret'> & { readonly key: SigningKey })[];
  /** Why a secret does not open. */
  readonly flaw: string | undefined;
}

/** What is queued in all lanes. */
export interface LaneMemory {
  queuedBytes: number;
}

/** What is queued, or about to be: in all lanes, and in the one that is asked about. */
interface Held {
  readonly allBytes: number;
  readonly ownBytes: number;
}

/** One is being sent, one has been answered and is written, one waits, one is on its way from Postgres. */
const loadedTurns = 4;

/** The work of one endpoint in memory. */
export interface Lane {
  readonly endpointId: EndpointId;
  readonly endpointUuid: string;
  readonly tenantId: string;
  readonly shard: number;
  state: 'enabled' | 'disabled' | 'deleted';
  revision: number;
  /** Undefined: to be read before the next request. */
  opened: OpenedEndpoint | undefined;
  health: EndpointHealth;
  /** Loaded and not sent yet, oldest first. Changed by `enqueue`, `dequeue` and `dropQueue` alone, which count its bytes. */
  queue: LoadedTask[];
  queuedBytes: number;
  /** How often the queue was dropped: whoever loads sees whether it was meanwhile. */
  drops: number;
  /** Of all lanes together. */
  readonly memory: LaneMemory;
  /** Loaded, under way, or answered and not in Postgres yet: not to be loaded again. By the uuid of the event, with its chain. */
  readonly inHand: Map<string, string | null>;
  inFlight: number;
  /** How long its last request took. */
  lastTookMs: number;
  /** Requests at a time, from 1 to what the endpoint allows: grows with each success, and shrinks with each failure. */
  window: number;
  /** Opens after several failures in a row: then one request is the probe, and the rest waits in Postgres. */
  breaker: ConsecutiveBreaker;
  /** What the last request did to it. */
  breakerChange: 'opened' | 'closed' | undefined;
  /** Nothing is sent before; by the steady clock. */
  heldUntilMs: number;
  /** When there may be a task that is not loaded, by the steady clock; Infinity: none is known of. */
  lookAtMs: number;
  /** Whether it may have chains. */
  ordered: boolean;
  /** While its chains have their turns: the last one that had it; undefined when all did. */
  turnAfter: string | undefined;
}

export function newLane(
  route: Pick<Lane, 'endpointId' | 'endpointUuid' | 'tenantId' | 'shard'>,
  memory: LaneMemory,
): Lane {
  const lane: Lane = {
    ...route,
    memory,
    queuedBytes: 0,
    drops: 0,
    state: 'disabled',
    revision: 0,
    opened: undefined,
    health: unknownHealth,
    queue: [],
    inHand: new Map(),
    inFlight: 0,
    lastTookMs: 0,
    window: 1,
    breaker: createConsecutiveBreaker(breakerOptions),
    breakerChange: undefined,
    heldUntilMs: 0,
    lookAtMs: 0,
    ordered: false,
    turnAfter: undefined,
  };
  lane.breaker = newBreaker(lane);
  return lane;
}

/** Chains that have not had their turn are looked at whether or not there is news. */
export function lookAtMs(lane: Lane): number {
  return lane.turnAfter === undefined ? lane.lookAtMs : 0;
}

/** Whether more of its chains could be loaded now. */
export function isTurning(lane: Lane): boolean {
  return lane.turnAfter !== undefined && isHungry(lane);
}

/** Its next request is as the endpoint is now; what was held back for its sake may go. */
export function changeLane(
  lane: Lane,
  { revision, ordered, state }: Pick<Lane, 'revision' | 'ordered' | 'state'>,
): void {
  lane.revision = revision;
  lane.ordered = ordered;
  lane.state = state;
  lane.opened = undefined;
  lane.lookAtMs = 0;
  lane.heldUntilMs = 0;
  lane.breaker = newBreaker(lane);
  if (state !== 'enabled') dropQueue(lane);
}

/** The task is in hand already. */
export function enqueue(lane: Lane, task: LoadedTask): void {
  lane.queue.push(task);
  count(lane, bytesOf(task));
}

export function dequeue(lane: Lane): LoadedTask | undefined {
  const task = lane.queue.shift();
  if (task !== undefined) count(lane, -bytesOf(task));
  return task;
}

/** What is loaded and not sent yet is looked for again. */
export function dropQueue(lane: Lane): void {
  for (const task of lane.queue) {
    lane.inHand.delete(task.eventUuid);
    count(lane, -bytesOf(task));
  }
  lane.queue = [];
  lane.drops += 1;
  lane.lookAtMs = 0;
}

/** How many tasks are loaded at a time: as many as it sends in a few turns. */
export function loadedAtOnce({ window }: Pick<Lane, 'window'>): number {
  return Math.max(deliveryLimits.laneTasks, loadedTurns * window);
}

/** Whether it is to have more: half of what it may have at a time is gone, of tasks and of bytes. */
export function isHungry(lane: Lane): boolean {
  if (lane.queue.length === 0) return true;
  const held = { allBytes: lane.memory.queuedBytes, ownBytes: lane.queuedBytes };
  return lane.queue.length < loadedAtOnce(lane) / 2 && fits(lane.queuedBytes, held);
}

/** What a task with such a body holds of memory. */
export function heldBytes(bodyBytes: number): number {
  return bodyBytes + deliveryLimits.taskBytes;
}

/**
 * Whether a lane may hold so much more. Its share is of what is free, so that there is always something free: an endpoint that
 * takes nothing, or a thousand of them, never have all the memory, and the others go on. Whoever has
 * nothing may have more for its first message, which is a large one where one is.
 */
export function fits(bytes: number, { allBytes, ownBytes }: Held): boolean {
  const free = deliveryLimits.maxLoadedBytes - allBytes;
  return ownBytes + bytes <= free * (ownBytes === 0 ? deliveryLimits.firstShare : deliveryLimits.laneShare);
}

function count(lane: Lane, bytes: number): void {
  lane.queuedBytes += bytes;
  lane.memory.queuedBytes += bytes;
}

function bytesOf({ body }: LoadedTask): number {
  return heldBytes(body?.length ?? 0);
}

/** A new one: also for an endpoint that somebody has changed, who wants to see it tried. */
function newBreaker(lane: Pick<Lane, 'breakerChange'>): ConsecutiveBreaker {
  return createConsecutiveBreaker({
    ...breakerOptions,
    onChange(change) {
      lane.breakerChange = change;
    },
  });
}

const breakerOptions = {
  failures: deliveryLimits.breakerFailures,
  openMs: deliveryLimits.breakerOpenMs,
  now: steadyClock,
};

const unknownHealth: EndpointHealth = {
  lastSuccessAtMs: null,
  lastFailureAtMs: null,
  lastCode: null,
  failingSinceMs: null,
  failures: 0,
  told: 0,
};
