import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Pass } from '@trunkline/breaker';
import { type Backoff, backoffMs, classify, type Clock, settledWithin, steadyClock } from '@trunkline/core';
import type { Endpoint, EndpointId } from '@trunkline/delivery';
import type { Dialler } from '@trunkline/http-client';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';
import type { Vault } from '@trunkline/vault';

import { type AttemptResult, breakerWordOf } from '../attempt-codes.ts';
import type { Sender } from '../handlers/fan-out.ts';
import { deliveryLimits } from '../limits.ts';
import { newsOf } from '../operations/news.ts';
import { createAgenda } from './agenda.ts';
import { readOldestTasks } from './due.ts';
import { judgeHealth } from './health.ts';
import { dequeue, isTurning, type Lane, type LoadedTask } from './lane.ts';
import { createLanes } from './lanes.ts';
import { loadTasks, openEndpoints, readRoutes } from './load.ts';
import { heldOr } from './order.ts';
import { pace } from './pace.ts';
import { createResults, type Finished } from './results.ts';
import { nextOf } from './schedule.ts';
import { sendTask } from './send.ts';
import { createShards, type LeaseTimes } from './shards.ts';
import { createSlots, slotClasses, slotClassOf } from './slots.ts';
import { tellAttempt, tellHealth } from './tell.ts';
import { unsent, whyUnsent } from './unsent.ts';

export interface DispatcherOptions {
  readonly database: Database;
  readonly dialler: Dialler;
  readonly vault: Vault;
  /** Of this process; see `Shards`. */
  readonly name: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onFatal: (error: unknown) => void;
  readonly leaseTimes: LeaseTimes;
}

/**
 * Sends what is due to the endpoints of the shards that this process owns. What is under way is in its memory only; what is
 * true is in Postgres: a process that dies leaves its tasks due, and nothing else.
 */
export interface Dispatcher extends Sender {
  start(): void;
  /** There are tasks in these shards. */
  lookAt(shards: readonly number[]): void;
  /** There are tasks of these endpoints. */
  lookAtEndpoints(endpoints: readonly EndpointId[]): void;
  /** Endpoints were made or changed. */
  lookAtRoutes(): void;
  /** Tasks of an endpoint were taken away: what is loaded of it and not sent yet is looked for again. */
  letGoOf(endpointId: EndpointId): void;
  /** A notice may have been missed. */
  lookAtAll(): void;
  /** Sends nothing more, waits for what is under way, writes what came, and gives its endpoints to others. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const awayBackoff: Backoff = { firstMs: 100, lastMs: 2_000 };
/** Kept of the time of a stop for writing what came last, and for giving the endpoints away. */
const lastWriteMs = 1_500;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { database, dialler, vault, clock, log, metrics } = options;
  const agenda = createAgenda({ onDue: () => wake() });
  const lanes = createLanes({ agenda, owns: (shard) => shards.owns(shard) });
  const stopping = new AbortController();
  const ending = new AbortController();
  const shards = createShards({
    database,
    name: options.name,
    log,
    isIdle: (shard) => lanes.isIdle(shard),
    onChange: () => lookAtAll(),
    times: options.leaseTimes,
  });
  /** Written: not in hand any more as soon as no load is under way that began before. */
  let written: Finished[] = [];
  const results = createResults({
    database,
    log,
    ownerId: shards.ownerId,
    onWritten: (batch) => {
      written = [...written, ...batch];
      wake();
    },
  });
  const slots = createSlots(deliveryLimits.maxInFlight);
  let routesReadAtMs = Number.NEGATIVE_INFINITY;
  let routesDueAtMs = Number.NEGATIVE_INFINITY;
  let readsAllRoutes = true;
  let isWoken = false;
  let wakeUp: (() => void) | undefined;
  let running: Promise<void> | undefined;
  metrics.gauge('delivery_in_flight', () => slots.taken());
  metrics.gauge('delivery_results_waiting', () => results.waiting());
  metrics.gauge('delivery_shards_owned', () => shards.count());

  function wake(): void {
    isWoken = true;
    wakeUp?.();
  }

  function lookAtAll(): void {
    readsAllRoutes = true;
    wake();
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      isWoken = false;
      let waitMs: number;
      try {
        // Here no load is under way.
        lanes.letGo(written);
        written = [];
        await refreshRoutes();
        // Without a young lease nobody knows whose they are.
        if (shards.isFresh()) {
          await open();
          await load();
          fill();
        }
        failures = 0;
        waitMs = isWoken ? 0 : Math.max(0, routesDueAtMs - steadyClock());
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        if (failures === 0)
          log.warn(
            { event: 'delivery.waiting', code: classify(thrown).code, reason: classify(thrown).message },
            'cannot look for what is due; trying again',
          );
        waitMs = backoffMs(failures, awayBackoff);
        failures += 1;
      }
      await pause(waitMs);
    }
  }

  /** Until the time is over, or something happens. */
  async function pause(ms: number): Promise<void> {
    if (stopping.signal.aborted) return;
    // What comes of one read of many sockets is one turn.
    if (isWoken) return await nextTurn();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wakeUp = undefined;
  }

  async function refreshRoutes(): Promise<void> {
    const now = steadyClock();
    if (!readsAllRoutes && now < routesDueAtMs) return;
    const all = readsAllRoutes;
    readsAllRoutes = false;
    // Before the look, so that what is told meanwhile is not forgotten.
    routesReadAtMs = now;
    routesDueAtMs = now + deliveryLimits.sweepEveryMs;
    try {
      for (const route of await readRoutes(database, { all, signal: stopping.signal })) lanes.learn(route);
      if (all) lanes.giveUpOthers();
      // What a lost notice would have said.
      for (const oldest of await readOldestTasks(database, stopping.signal)) lanes.lookAtOldest(oldest);
    } catch (error) {
      readsAllRoutes = true;
      throw error;
    }
    // An installation without endpoints has nobody to share them with.
    if (!lanes.isEmpty()) shards.start();
  }

  /** Reads the endpoints of those that are to be sent to for the first time, or as somebody has changed them. */
  async function open(): Promise<void> {
    const next = agenda.nextToOpen(deliveryLimits.lanesPerLoad);
    if (agenda.hasToOpen()) isWoken = true;
    const opening = ours(next);
    if (opening.length === 0) return;
    try {
      await openEndpoints(database, opening, { vault, signal: stopping.signal });
    } catch (error) {
      for (const lane of opening) agenda.place(lane);
      throw error;
    }
    for (const lane of opening) {
      if (lane.opened === undefined) lanes.giveUp(lane);
      else agenda.place(lane);
    }
  }

  async function load(): Promise<void> {
    const next = agenda.nextToLoad(deliveryLimits.lanesPerLoad);
    // More than a load takes: at once again.
    if (next.length === deliveryLimits.lanesPerLoad) isWoken = true;
    const hungry = ours(next);
    if (hungry.length === 0) return;
    const nowMs = steadyClock();
    try {
      await loadTasks(database, hungry, { nowMs, signal: stopping.signal });
    } finally {
      for (const lane of hungry) agenda.place(lane);
    }
    // Chains that had no turn yet: the same.
    if (hungry.some(isTurning)) isWoken = true;
  }

  /** Without those that somebody else sends for by now. */
  function ours(some: readonly Lane[]): readonly Lane[] {
    return some.filter((lane) => {
      if (shards.owns(lane.shard)) return true;
      lanes.giveUp(lane);
      return false;
    });
  }

  /** One of each lane by turns, and of each class of lanes, until no lane may send more. */
  function fill(): void {
    for (let sent = true; sent;) {
      sent = false;
      for (const of of slotClasses) {
        if (!mayAnySend()) return;
        const next = slots.isFree(of) ? agenda.nextToSend(of) : [];
        if (next.length > 0) sent = true;
        for (const lane of ours(next)) sendNext(lane);
      }
    }
  }

  function sendNext(lane: Lane): void {
    const admitted = lane.breaker.admit();
    if (admitted.kind === 'open') {
      // Its tasks wait, and are not touched. A probe that is under way has no time: whoever settles it files the lane again.
      lane.heldUntilMs = Math.max(lane.heldUntilMs, admitted.probeAtMs);
      if (lane.heldUntilMs > steadyClock()) agenda.place(lane);
      return;
    }
    const task = dequeue(lane);
    if (task === undefined) return admitted.settle('neither');
    send(lane, task, admitted).catch((error: unknown) => options.onFatal(error));
    agenda.place(lane);
  }

  function mayAnySend(): boolean {
    // Whoever is proven has any slot that is free.
    return slots.isFree('proven') && !results.isFull() && shards.isFresh();
  }

  async function send(lane: Lane, task: LoadedTask, pass: Pass): Promise<void> {
    const { opened } = lane;
    const { body } = task;
    if (opened === undefined) return;
    const giveBack = slots.take(slotClassOf(lane.health, lane.lastTookMs));
    lane.inFlight += 1;
    try {
      const unsentFor = whyUnsent(lane, task, clock());
      const sent =
        unsentFor !== undefined || body === undefined
          ? unsent(unsentFor ?? 'message_gone')
          : await sendTask(
              opened,
              { ...task, body },
              { dialler, clock, userAgent: options.userAgent, signal: ending.signal },
            );
      const { result } = sent;
      pass.settle(result === undefined ? 'neither' : breakerWordOf(result.code));
      if (result === undefined) lane.inHand.delete(task.eventUuid);
      else settle(lane, task, { ...sent, result, endpoint: opened.endpoint });
    } catch (error) {
      // A mistake of ours: the task stays due, and is tried again when its lane is looked at.
      log.error({ event: 'delivery.failed', endpointId: lane.endpointId, err: error }, 'a request could not be made');
      lane.inHand.delete(task.eventUuid);
      lane.heldUntilMs = steadyClock() + deliveryLimits.mistakeHoldMs;
      pass.settle('neither');
    } finally {
      giveBack();
      lane.inFlight -= 1;
      agenda.place(lane);
      wake();
    }
  }

  function settle(
    lane: Lane,
    task: LoadedTask,
    sent: {
      readonly result: AttemptResult;
      readonly traceId: string | undefined;
      readonly tookMs: number;
      /** As it was when the request was made. */
      readonly endpoint: Endpoint;
    },
  ): void {
    const { result, traceId, tookMs, endpoint } = sent;
    const nowMs = clock();
    const no = task.attempts + 1;
    const inSchedule = nextOf(
      { schedule: endpoint.schedule, counted: task.counted, attempts: no, bornAtMs: task.bornAtMs },
      result,
      { nowMs, random: Math.random() },
    );
    const next = heldOr(inSchedule, task, endpoint);
    lane.lastTookMs = tookMs;
    pace(lane, result, endpoint.maxInFlight);
    const before = lane.health;
    const judged = judgeHealth(before, result.code, nowMs);
    lane.health = judged.health;
    const { breakerChange } = lane;
    lane.breakerChange = undefined;
    if (judged.change !== undefined) tellHealth(log, lane, { change: judged.change, code: result.code });
    const isDisabled = judged.change?.kind === 'disable';
    if (isDisabled) lane.state = 'disabled';
    metrics.count('delivery_attempts_total', { code: result.code });
    if (next.kind === 'end') metrics.count('delivery_ends_total', { outcome: next.outcome });
    if (result.code === 'ok' && no === 1)
      metrics.seconds('delivery_latency_seconds', {}, (nowMs - task.acceptedAtMs) / 1_000);
    if (result.code !== 'ok') tellAttempt(log, lane, { task, no, result, traceId, tookMs, next });
    const { eventUuid, tenantId, type } = task;
    const carried = { endpointId: lane.endpointId, eventUuid, tenantId, type };
    results.add({
      ...carried,
      messageAt: task.messageAt,
      isAwaited: task.orderKey !== null,
      no,
      tookMs,
      cause: task.cause,
      jobUuid: task.jobUuid,
      result,
      next,
      traceId,
      ...newsOf({ no, code: result.code, next, nowMs, before, judged, breaker: breakerChange }, carried),
      ...(judged.isNews ? { health: judged.health } : {}),
      ...(judged.change?.kind === 'disable' ? { disableFor: judged.change.reason } : {}),
    });
  }

  return {
    start() {
      running ??= run();
    },
    lookAt(these) {
      lanes.lookAtShards(these);
      wake();
    },
    lookAtEndpoints(these) {
      lanes.lookAtEndpoints(these);
      wake();
    },
    sendsFor: (shard) => !stopping.signal.aborted && shards.isFresh() && shards.owns(shard),
    take(tasks) {
      if (stopping.signal.aborted) return;
      lanes.take(tasks);
      wake();
    },
    letGoOf(endpointId) {
      lanes.letGoOf(endpointId);
      wake();
    },
    lookAtRoutes() {
      // Thousands that are made at once cost a few looks, and not one each.
      routesDueAtMs = Math.min(routesDueAtMs, Math.max(steadyClock(), routesReadAtMs + deliveryLimits.routesEveryMs));
      wake();
    },
    lookAtAll,
    async stop({ deadlineMs }) {
      const endsAtMs = performance.now() + deadlineMs;
      stopping.abort();
      agenda.stop();
      wake();
      await running;
      const idle = async (): Promise<void> => {
        while (slots.taken() > 0) {
          await new Promise<void>((resolve) => {
            wakeUp = resolve;
          });
        }
      };
      await settledWithin(idle(), Math.max(0, endsAtMs - lastWriteMs - performance.now()));
      // What is still under way is given up, and sent again by whoever comes next.
      ending.abort();
      await settledWithin(idle(), Math.max(1, (endsAtMs - performance.now()) / 3));
      await results.stop({ deadlineMs: Math.max(1, (endsAtMs - performance.now()) / 2) });
      await shards.stop({ deadlineMs: Math.max(1, endsAtMs - performance.now()) });
    },
  };
}
