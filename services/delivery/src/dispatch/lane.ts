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
  lane.memory.queuedBytes += bytesOf(task);
}

export function dequeue(lane: Lane): LoadedTask | undefined {
  const task = lane.queue.shift();
  if (task !== undefined) lane.memory.queuedBytes -= bytesOf(task);
  return task;
}

/** What is loaded and not sent yet is looked for again. */
export function dropQueue(lane: Lane): void {
  for (const task of lane.queue) {
    lane.inHand.delete(task.eventUuid);
    lane.memory.queuedBytes -= bytesOf(task);
  }
  lane.queue = [];
  lane.lookAtMs = 0;
}

/** How many tasks are loaded at a time: as many as it sends in a few turns. */
export function loadedAtOnce({ window }: Pick<Lane, 'window'>): number {
  return Math.max(deliveryLimits.laneTasks, loadedTurns * window);
}

/** Whether it is to have more. */
export function isHungry(lane: Lane): boolean {
  return lane.queue.length < loadedAtOnce(lane) / 2;
}

/** What it holds of memory. */
function bytesOf({ body }: LoadedTask): number {
  return body?.length ?? 0;
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
