import { type Backoff, type Clock, steadyClock, TrunklineError, untilAnswers } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import {
  createPump,
  type KafkaConnection,
  type Publisher,
  type Pump,
  type PumpEvent,
  redriveTopic,
  retryGroup,
  retryTopic,
} from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { BatchContext } from './batch/batch-context.ts';
import { createBatchProcessor, type ProcessBatch } from './batch/batch.ts';
import { createIgnore, createReport } from './batch/report.ts';
import { tenantOf } from './batch/tenant-of.ts';
import { createCopyPublisher } from './failures/publish-copy.ts';
import { parseTiers } from './failures/tiers.ts';
import { type FirstFilter, noFirstFilter } from './first-filter/first-filter.ts';
import { handlerTable, type RegisteredHandler, type Via } from './handler.ts';
import { createInboxPruning } from './inbox-pruning.ts';
import { type ConsumerLimits, defaultConsumerLimits } from './limits.ts';
import { noOutbox, type Outbox } from './outbox.ts';
import type { ConsumerLog, ConsumerMetrics } from './ports.ts';
import { type CrashWatch, createCrashWatch } from './safety/crash-watch.ts';
import { createPause } from './safety/pause.ts';
import type { PausedFor } from './safety/paused-gauge.ts';
import { createReleaseGate, openGate } from './safety/release-gate.ts';
import { createWatchdog } from './safety/watchdog.ts';
import { createParkedGauge } from './strict/parked-gauge.ts';
import { createReleaser } from './strict/releaser.ts';

export interface ConsumerGroupOptions {
  /** Names the Kafka groups and the retry, redrive and dead-letter topics. */
  readonly group: string;
  readonly handlers: readonly RegisteredHandler[];
  readonly kafka: KafkaConnection;
  /** Knows the topics of the handlers. */
  readonly codec: EventCodec;
  readonly publisher: Publisher;
  readonly database: Database;
  readonly limits?: Partial<ConsumerLimits>;
  /** `10s`, `1m`, …, shortest first; each has a topic. */
  readonly retryTiers: readonly string[];
  readonly firstFilter?: FirstFilter;
  /** Where its handlers ask for anything. */
  readonly outbox?: Outbox;
  /** False: most keys failing alike is no reason to stand still. */
  readonly releaseGuard?: boolean;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly metrics: ConsumerMetrics;
  /** False: a record that ends processes ends every next one, too. */
  readonly crashWatch?: boolean;
  /** Ends the process: the group cannot go on and a restart may help. */
  readonly onFatal: (error: unknown) => void;
}

export interface ConsumerGroup {
  /** Resolves when all three pumps run; waits for brokers that are away. Rejects with `config_invalid`, or when the signal ends it. */
  start(signal: AbortSignal): Promise<void>;
  /** Takes no more records, finishes what runs until the deadline, commits, leaves. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
  /** For /readyz: false while it starts, waits for a dependency or for a better release, or stands still inside a handler. */
  health(): { readonly ready: boolean; readonly reason?: string };
  /** What it stands still for; undefined while it does not. */
  pausedFor(): PausedFor | undefined;
  /** Resolves when everything handed over so far is finished and its offsets are committed. */
  idle(): Promise<void>;
}

/** Composes the group: the main topics, `<group>.retry` on the retry topics, `<group>.redrive` on the redrive topic. */
export function createConsumerGroup(options: ConsumerGroupOptions): ConsumerGroup {
  const limits = { ...defaultConsumerLimits, ...options.limits };
  const { group, clock, log, database, metrics } = options;
  const tiers = parseTiers(options.retryTiers, limits.maxRetryAgeMs);
  const pause = createPause({ maxStepMs: limits.pauseStepMs, clock: steadyClock, log });
  const releaseGate =
    options.releaseGuard === false ? openGate : createReleaseGate({ group, limits, clock: steadyClock, log, metrics });
  const watchdog = createWatchdog();
  const batch: BatchContext = {
    group,
    handlers: handlerTable(options.handlers),
    codec: options.codec,
    database,
    copies: createCopyPublisher({ publisher: options.publisher, pause, deadlineMs: limits.publishDeadlineMs }),
    firstFilter: options.firstFilter ?? noFirstFilter,
    outbox: options.outbox ?? noOutbox,
    parkedGauge: createParkedGauge(database, limits),
    tiers,
    limits,
    pause,
    releaseGate,
    watchdog,
    clock,
    report: createReport({ group, clock, log, metrics }),
    ignore: createIgnore({ group, log, metrics }),
  };
  const crashes = createCrashWatch(batch, log);
  const pruning = createInboxPruning({ database, clock, log, everyMs: limits.inboxPruneEveryMs });
  const again = createBatchProcessor(batch, 'retry');
  const releaser = createReleaser({
    batch,
    process: options.crashWatch === false ? again : crashes.guard(again, 'retry'),
    everyMs: options.handlers.some(({ onDead }) => onDead !== undefined) ? limits.releaseEveryMs : seldomMs,
    log,
  });
  const pumps: Pump[] = [];
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  let watchTimer: NodeJS.Timeout | undefined;

  /** Inside one transaction beyond its deadline: the deadline itself no longer works. */
  function overdueMs(): number {
    return watchdog.insideMs() - limits.handlerDeadlineMs - limits.watchdogGraceMs;
  }

  function standstill(): string | undefined {
    return pause.reason() ?? releaseGate.reason();
  }

  function watch(): void {
    if (overdueMs() <= limits.watchdogGraceMs) return;
    clearInterval(watchTimer);
    options.onFatal(new TrunklineError('handler_timeout', `a handler has not come back for ${watchdog.insideMs()} ms`));
  }

  return {
    async start(signal) {
      watchTimer = setInterval(watch, watchEveryMs);
      pruning.start();
      releaser.start();
      await Promise.all(
        pumpPlans(options, batch, crashes).map(async (plan) => {
          const pump = await startWhenPossible(() => plan.create(), { signal, log });
          if (phase === 'stopping') await pump.stop({ deadlineMs: 0 });
          else pumps.push(pump);
        }),
      );
      if (phase === 'starting') phase = 'running';
    },
    async stop({ deadlineMs }) {
      phase = 'stopping';
      clearInterval(watchTimer);
      // Work that waits for a dependency does not finish by waiting for it.
      const drainMs = standstill() === undefined ? deadlineMs : 0;
      await Promise.all([
        pruning.stop(),
        releaser.stop({ deadlineMs: drainMs }),
        ...pumps.map((pump) => pump.stop({ deadlineMs: drainMs })),
      ]);
      await crashes.stop();
    },
    health() {
      if (phase !== 'running') return { ready: false, reason: phase };
      const reason = standstill();
      if (reason !== undefined) return { ready: false, reason };
      if (overdueMs() > 0) return { ready: false, reason: `a handler has not come back for ${watchdog.insideMs()} ms` };
      return { ready: true };
    },
    pausedFor() {
      return pause.code() ?? (releaseGate.reason() === undefined ? undefined : 'most_keys_fail_alike');
    },
    async idle() {
      await Promise.all(pumps.map((pump) => pump.idle()));
    },
  };
}

const watchEveryMs = 1_000;
/** Nothing is parked here, unless an earlier release kept keys in order. */
const seldomMs = 60_000;

interface PumpPlan {
  create(): Pump;
}

/** Retries and redrives have groups of their own: every member of a Kafka group has to read the same topics. */
function pumpPlans(options: ConsumerGroupOptions, batch: BatchContext, crashes: CrashWatch): readonly PumpPlan[] {
  const { group, tiers } = batch;
  const delays = new Map(tiers.map(({ name, delayMs }) => [retryTopic(group, name), delayMs]));
  const { maxBytesInFlight, lanes } = batch.limits;
  const processOf = (via: Via): ProcessBatch => {
    const process = createBatchProcessor(batch, via);
    return options.crashWatch === false ? process : crashes.guard(process, via);
  };
  return [
    // Half of the process's byte budget for what is new, a quarter each for what comes again.
    pumpPlan(options, {
      process: processOf('main'),
      limits: batch.limits,
      groupId: group,
      topics: batch.handlers.topics,
      bytes: maxBytesInFlight / 2,
      lanes,
      delays,
    }),
    pumpPlan(options, {
      process: processOf('retry'),
      limits: batch.limits,
      groupId: retryGroup(group),
      topics: [...delays.keys()],
      bytes: maxBytesInFlight / 4,
      lanes: 1,
      delays,
    }),
    pumpPlan(options, {
      process: processOf('redrive'),
      limits: batch.limits,
      groupId: redriveTopic(group),
      topics: [redriveTopic(group)],
      bytes: maxBytesInFlight / 4,
      lanes: 1,
      delays,
    }),
  ];
}

interface PumpShape {
  readonly process: ProcessBatch;
  readonly limits: ConsumerLimits;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly bytes: number;
  readonly lanes: number;
  readonly delays: ReadonlyMap<string, number>;
}

function pumpPlan(options: ConsumerGroupOptions, shape: PumpShape): PumpPlan {
  return {
    create: () =>
      createPump(options.kafka, {
        groupId: shape.groupId,
        topics: shape.topics,
        process: shape.process,
        maxBytesInFlight: Math.floor(shape.bytes),
        maxBatchRecords: shape.limits.maxBatchRecords,
        sessionTimeoutMs: shape.limits.sessionTimeoutMs,
        lanes: shape.lanes,
        delayOf: (topic) => shape.delays.get(topic),
        tenantOf,
        onFatal: options.onFatal,
        onEvent: (event) => logPumpEvent(options.log, shape.groupId, event),
      }),
  };
}

function logPumpEvent(log: ConsumerLog, group: string, event: PumpEvent): void {
  const { kind, ...fields } = event;
  const line = { event: `pump.${kind}`, group, ...fields };
  if (kind === 'joined' || kind === 'rebalancing') log.info(line, 'consumer group');
  else if (kind === 'offset_reset')
    log.error(line, 'ALERT: the committed offset is gone; records may have been missed');
  else log.warn(line, 'consumer group');
}

const startBackoff: Backoff = { firstMs: 200, lastMs: 2_000 };

/** A pump that could not start is of no further use, so each try makes a new one. */
async function startWhenPossible(
  create: () => Pump,
  { signal, log }: { readonly signal: AbortSignal; readonly log: ConsumerLog },
): Promise<Pump> {
  return untilAnswers(
    async () => {
      const pump = create();
      await pump.start();
      return pump;
    },
    {
      backoff: startBackoff,
      signal,
      onAway: ({ code, message }) =>
        log.warn({ event: 'pump.waiting', code, reason: message }, 'Kafka is away; trying again'),
    },
  );
}
