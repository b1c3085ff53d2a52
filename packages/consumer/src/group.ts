import { setTimeout as delay } from 'node:timers/promises';

import { classify, type Clock, TrunklineError } from '@trunkline/core';
import { type EventCodec, headerName } from '@trunkline/events';
import {
  createPump,
  type IncomingRecord,
  type KafkaConnection,
  type Publisher,
  type Pump,
  type PumpEvent,
  redriveTopic,
  retryGroup,
  retryTopic,
} from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { BatchContext } from './batch-context.ts';
import { createBatchProcessor } from './batch.ts';
import { type FirstFilter, noFirstFilter } from './first-filter.ts';
import { handlerTable, type RegisteredHandler, type Via } from './handler.ts';
import { createInboxPruning } from './inbox-pruning.ts';
import { type ConsumerLimits, defaultConsumerLimits } from './limits.ts';
import { createPause } from './pause.ts';
import type { ConsumerLog, ConsumerMetrics } from './ports.ts';
import { createCopyPublisher } from './publish-copy.ts';
import { createReport } from './report.ts';
import { parseTiers, type RetryTier } from './tiers.ts';
import { createWatchdog } from './watchdog.ts';

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
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly metrics: ConsumerMetrics;
  /** Ends the process: the group cannot go on and a restart may help. */
  readonly onFatal: (error: unknown) => void;
}

export interface ConsumerGroup {
  /** Resolves when all three pumps run; waits for brokers that are away. Rejects with `config_invalid`, or when the signal ends it. */
  start(signal: AbortSignal): Promise<void>;
  /** Takes no more records, finishes what runs until the deadline, commits, leaves. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
  /** For /readyz: false while it starts, waits for a dependency, or stands still inside a handler. */
  health(): { readonly ready: boolean; readonly reason?: string };
  /** Resolves when everything handed over so far is finished and its offsets are committed. */
  idle(): Promise<void>;
}

/** Composes the group: the main topics, `<group>.retry` on the retry topics, `<group>.redrive` on the redrive topic. */
export function createConsumerGroup(options: ConsumerGroupOptions): ConsumerGroup {
  const limits = { ...defaultConsumerLimits, ...options.limits };
  const { clock, log, database } = options;
  const tiers = parseTiers(options.retryTiers);
  const pause = createPause({ maxStepMs: limits.pauseStepMs, clock, log });
  const watchdog = createWatchdog(clock);
  const batch: BatchContext = {
    group: options.group,
    handlers: handlerTable(options.handlers),
    codec: options.codec,
    database,
    copies: createCopyPublisher({ publisher: options.publisher, pause, deadlineMs: limits.publishDeadlineMs }),
    firstFilter: options.firstFilter ?? noFirstFilter,
    tiers,
    limits,
    pause,
    watchdog,
    clock,
    report: createReport({ group: options.group, clock, log, metrics: options.metrics }),
  };
  const pruning = createInboxPruning({ database, clock, log, everyMs: limits.inboxPruneEveryMs });
  const pumps: Pump[] = [];
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  let watchTimer: NodeJS.Timeout | undefined;

  /** Inside one transaction beyond its deadline: the deadline itself no longer works. */
  function overdueMs(): number {
    return watchdog.insideMs() - limits.handlerDeadlineMs - limits.watchdogGraceMs;
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
      await Promise.all(
        pumpPlans(options, batch, tiers).map(async (plan) => {
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
      const drainMs = pause.reason() === undefined ? deadlineMs : 0;
      await Promise.all([pruning.stop(), ...pumps.map((pump) => pump.stop({ deadlineMs: drainMs }))]);
    },
    health() {
      if (phase !== 'running') return { ready: false, reason: phase };
      const paused = pause.reason();
      if (paused !== undefined) return { ready: false, reason: paused };
      if (overdueMs() > 0) return { ready: false, reason: `a handler has not come back for ${watchdog.insideMs()} ms` };
      return { ready: true };
    },
    async idle() {
      await Promise.all(pumps.map((pump) => pump.idle()));
    },
  };
}

const watchEveryMs = 1_000;

interface PumpPlan {
  create(): Pump;
}

/** Retries and redrives have groups of their own: every member of a Kafka group has to read the same topics. */
function pumpPlans(
  options: ConsumerGroupOptions,
  batch: BatchContext,
  tiers: readonly RetryTier[],
): readonly PumpPlan[] {
  const { group } = options;
  const delays = new Map(tiers.map(({ name, delayMs }) => [retryTopic(group, name), delayMs]));
  const { maxBytesInFlight, lanes } = batch.limits;
  return [
    // Half of the process's byte budget for what is new, a quarter each for what comes again.
    pumpPlan(options, batch, {
      via: 'main',
      groupId: group,
      topics: batch.handlers.topics,
      bytes: maxBytesInFlight / 2,
      lanes,
      delays,
    }),
    pumpPlan(options, batch, {
      via: 'retry',
      groupId: retryGroup(group),
      topics: [...delays.keys()],
      bytes: maxBytesInFlight / 4,
      lanes: 1,
      delays,
    }),
    pumpPlan(options, batch, {
      via: 'redrive',
      groupId: redriveTopic(group),
      topics: [redriveTopic(group)],
      bytes: maxBytesInFlight / 4,
      lanes: 1,
      delays,
    }),
  ];
}

interface PumpShape {
  readonly via: Via;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly bytes: number;
  readonly lanes: number;
  readonly delays: ReadonlyMap<string, number>;
}

function pumpPlan(options: ConsumerGroupOptions, batch: BatchContext, shape: PumpShape): PumpPlan {
  return {
    create: () =>
      createPump(options.kafka, {
        groupId: shape.groupId,
        topics: shape.topics,
        process: createBatchProcessor(batch, shape.via),
        maxBytesInFlight: Math.floor(shape.bytes),
        maxBatchRecords: batch.limits.maxBatchRecords,
        sessionTimeoutMs: batch.limits.sessionTimeoutMs,
        lanes: shape.lanes,
        delayOf: (topic) => shape.delays.get(topic),
        tenantOf,
        onFatal: options.onFatal,
        onEvent: (event) => logPumpEvent(options.log, shape.groupId, event),
      }),
  };
}

/** For turns only, so a header is good enough. */
function tenantOf({ headers }: IncomingRecord): string {
  return /^\/tenants\/([a-z0-9_]{1,64})\//.exec(headers[headerName.source] ?? '')?.[1] ?? '';
}

function logPumpEvent(log: ConsumerLog, group: string, event: PumpEvent): void {
  const { kind, ...fields } = event;
  const line = { event: `pump.${kind}`, group, ...fields };
  if (kind === 'joined' || kind === 'rebalancing') log.info(line, 'consumer group');
  else if (kind === 'offset_reset')
    log.error(line, 'ALERT: the committed offset is gone; records may have been missed');
  else log.warn(line, 'consumer group');
}

const startBackoffMs = { first: 200, last: 2_000 };

/** A pump that could not start is of no further use, so each try makes a new one. */
async function startWhenPossible(
  create: () => Pump,
  { signal, log }: { readonly signal: AbortSignal; readonly log: ConsumerLog },
): Promise<Pump> {
  for (let waitMs = startBackoffMs.first; ; waitMs = Math.min(waitMs * 2, startBackoffMs.last)) {
    signal.throwIfAborted();
    const pump = create();
    try {
      await pump.start();
      return pump;
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'dependency_unavailable') throw error;
      log.warn({ event: 'pump.waiting', code: error.code, reason: error.message }, 'Kafka is away; trying again');
      await delay(waitMs, undefined, { signal });
    }
  }
}
