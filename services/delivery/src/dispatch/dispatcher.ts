import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Pass } from '@trunkline/breaker';
import { type Backoff, backoffMs, classify, type Clock, settledWithin, steadyClock } from '@trunkline/core';
import { type Endpoint, type EndpointId, endpointIdOfUuid } from '@trunkline/delivery';
import type { Dialler } from '@trunkline/http-client';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';
import type { Vault } from '@trunkline/vault';

import { type AttemptResult, breakerWordOf } from '../attempt-codes.ts';
import type { Sender } from '../handlers/fan-out.ts';
import { deliveryLimits } from '../limits.ts';
import { newsOf } from '../operations/news.ts';
import { readEndpointsWithTasks } from './due.ts';
import { judgeHealth } from './health.ts';
import { dropQueue, isTurning, type Lane, type LoadedTask, lookAtMs } from './lane.ts';
import { createLanes } from './lanes.ts';
import { loadTasks, openEndpoints, readRoutes } from './load.ts';
import { heldOr } from './order.ts';
import { pace } from './pace.ts';
import { createResults, type Finished } from './results.ts';
import { nextOf } from './schedule.ts';
import { sendTask } from './send.ts';
import { createShards, type LeaseTimes } from './shards.ts';
import { createSlots, slotClassOf } from './slots.ts';
import { type Survey, surveyLanes } from './survey.ts';
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
  const lanes = createLanes();
  const stopping = new AbortController();
  const ending = new AbortController();
  const shards = createShards({
    database,
    name: options.name,
    log,
    isIdle: (shard) => [...lanes.busy].every((lane) => lane.shard !== shard || lane.inHand.size === 0),
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
  /** Turns: the lane that is asked first is another one each time. */
  let turn = 0;
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
        const survey = surveyLanes(lanes, shards);
        await load(survey);
        fill([...survey.ready, ...survey.hungry]);
        failures = 0;
        waitMs = isWoken ? 0 : untilNextMs();
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
      // What a lost notice would have said.
      for (const uuid of await readEndpointsWithTasks(database, stopping.signal)) {
        const lane = lanes.get(endpointIdOfUuid(uuid));
        if (lane !== undefined) lanes.lookAt(lane, now);
      }
    } catch (error) {
      readsAllRoutes = true;
      throw error;
    }
    // An installation without endpoints has nobody to share them with.
    if (!lanes.isEmpty()) shards.start();
  }

  async function load({ hungry, unopened }: Survey): Promise<void> {
    const opening = unopened.slice(0, deliveryLimits.lanesPerLoad);
    if (opening.length > 0) await openEndpoints(database, opening, { vault, signal: stopping.signal });
    if (opening.length < unopened.length) isWoken = true;
    if (hungry.length === 0) return;
    lanes.toTheEnd(hungry);
    const now = steadyClock();
    const freeBytes = lanes.freeBytes();
    await loadTasks(database, hungry, { freeBytes, nowMs: now, signal: stopping.signal });
    // More than a load takes, or chains that had no turn yet: at once again.
    if (hungry.length === deliveryLimits.lanesPerLoad || hungry.some(isTurning)) isWoken = true;
  }

  /** One of each lane by turns, until no lane may send more. */
  function fill(lanesWithTasks: readonly Lane[]): void {
    const ready = lanesWithTasks.filter((lane) => lane.queue.length > 0);
    turn += 1;
    for (let sent = true; sent;) {
      sent = false;
      for (let index = 0; index < ready.length; index += 1) {
        if (!mayAnySend()) return;
        const lane = ready[(index + turn) % ready.length];
        if (lane === undefined || !maySend(lane)) continue;
        const pass = passOf(lane);
        const task = pass === undefined ? undefined : lane.queue.shift();
        if (pass === undefined || task === undefined) continue;
        sent = true;
        send(lane, task, pass).catch((error: unknown) => options.onFatal(error));
      }
    }
  }

  function mayAnySend(): boolean {
    // Whoever is proven has any slot that is free.
    return slots.isFree('proven') && !results.isFull() && shards.isFresh();
  }

  function maySend(lane: Lane): boolean {
    return (
      lane.queue.length > 0 &&
      lane.opened !== undefined &&
      lane.state !== 'disabled' &&
      lane.inFlight < lane.window &&
      lane.heldUntilMs <= steadyClock() &&
      slots.isFree(slotClassOf(lane.health, lane.lastTookMs)) &&
      shards.owns(lane.shard)
    );
  }

  /** Undefined while the endpoint is left alone: its tasks wait, and are not touched. */
  function passOf(lane: Lane): Pass | undefined {
    const admitted = lane.breaker.admit();
    if (admitted.kind === 'pass') return admitted;
    // A probe that is under way has no time: whoever settles it wakes us.
    lane.heldUntilMs = Math.max(lane.heldUntilMs, admitted.probeAtMs);
    return undefined;
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

  function untilNextMs(): number {
    lanes.rest();
    const now = steadyClock();
    let nextMs = Math.max(now, routesDueAtMs);
    for (const lane of lanes.busy) {
      if (lane.state === 'disabled' || !shards.owns(lane.shard)) continue;
      const waiting = lane.queue.length > 0 ? lane.heldUntilMs : Math.max(lookAtMs(lane), lane.heldUntilMs);
      // What waits for room, and not for a time, is woken by whoever makes room.
      if (waiting > now) nextMs = Math.min(nextMs, waiting);
    }
    return nextMs - now;
  }

  return {
    start() {
      running ??= run();
    },
    lookAt(these) {
      lanes.lookAtShards(these);
      wake();
    },
    sendsFor: (shard) => !stopping.signal.aborted && shards.isFresh() && shards.owns(shard),
    take(tasks) {
      if (stopping.signal.aborted) return;
      // Whoever took a shard meanwhile looks for what there is.
      lanes.take(tasks.filter(({ shard }) => shards.owns(shard)));
      wake();
    },
    letGoOf(endpointId) {
      const lane = lanes.get(endpointId);
      if (lane !== undefined) {
        dropQueue(lane);
        lanes.lookAt(lane, 0);
      }
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
