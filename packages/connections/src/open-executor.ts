import { type ClientName, clients, createExecutor, type Executor } from '@trunkline/clients';
import { systemClock } from '@trunkline/core';
import {
  type AddressGuard,
  type CallReport,
  createAddressGuard,
  createCaller,
  createDialler,
  headerOf,
} from '@trunkline/http-client';
import { createLocalRates, createRedisRates, type RedisRates } from '@trunkline/redis';
import { type CallLine, type RedisAccess, type Service, wideEvent } from '@trunkline/runtime';

import { createCallWatch } from './call-watch.ts';
import { deprecationOf } from './deprecation.ts';

export interface ExecutorSettings {
  /** Prefix of the installation's keys in Redis. */
  readonly namespace: string;
  /** Keeps the rates of all processes together; without it each takes its share. */
  readonly redis: RedisAccess | undefined;
  /** How many processes call the same accounts, at most. */
  readonly limiterProcesses: number;
  /** Where a client's API is instead, by the client's name. */
  readonly clientOrigins: Readonly<Record<string, string>>;
  /** Networks of one's own that may be called. */
  readonly allowedNetworks: readonly string[];
}

export interface OpenExecutor {
  readonly executor: Executor;
  /** For what is dialled beside HTTP: mail. */
  readonly guard: AddressGuard;
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

const maxBuckets = 10_000;

/**
 * The way out of a service that calls providers: one dialler, the rates of all processes, breakers, and of each call a
 * wide log line, a count and its seconds; breakers and what APIs say of their end under `calls` at `/debug`. No secret, URL
 * or body is told to any of them.
 */
export function openExecutor(
  settings: ExecutorSettings,
  { logger, metrics, health, clock }: Pick<Service, 'logger' | 'metrics' | 'health' | 'clock'>,
): OpenExecutor {
  const guard = createAddressGuard({ allow: settings.allowedNetworks.map((network) => ({ network })) });
  const dialler = createDialler({ guard });
  const rates = openRates(settings, logger);
  const watch = createCallWatch(clock);
  metrics.gauge('outbound_rates_shared', () => (rates?.isUp() === true ? 1 : 0));
  const limiter = rates ?? createLocalRates({ processes: settings.limiterProcesses, now: systemClock, maxBuckets });
  const caller = createCaller({
    dialler,
    limiter,
    onCall(report) {
      const line = lineOf(report);
      const { operation, outcome } = line;
      metrics.count('outbound_calls_total', { operation, outcome });
      metrics.seconds('outbound_call_seconds', { operation, outcome }, report.tookMs / 1_000);
      logger[outcome === 'ok' ? 'info' : 'warn'](line, wideEvent.call.message);
      const answer = report.outcome.kind === 'answer' ? report.outcome : report.outcome.answer;
      const deprecation = answer === undefined ? undefined : deprecationOf(answer);
      if (deprecation === undefined) return;
      metrics.count('outbound_deprecations_total', { operation });
      watch.onDeprecation(operation, deprecation);
    },
    onBreaker(event) {
      const { of, key, change } = event;
      metrics.count('outbound_breaker_changes_total', { of, change });
      logger.warn({ event: 'breaker', of, key, change }, `the breaker of a ${of} has ${change}`);
      watch.onBreaker(event);
    },
  });
  health.summarise('calls', () => ({ ratesShared: rates?.isUp() === true, ...watch.summary(caller) }));
  return {
    executor: createExecutor({ caller, origins: settings.clientOrigins }),
    guard,
    async close({ deadlineMs }) {
      await dialler.close();
      await rates?.close({ deadlineMs });
    },
  };
}

function openRates(settings: ExecutorSettings, logger: Service['logger']): RedisRates | undefined {
  const { redis, namespace, limiterProcesses } = settings;
  if (redis === undefined) return undefined;
  return createRedisRates({
    ...redis,
    namespace,
    limiterProcesses,
    onEvent: (event) =>
      event.kind === 'away'
        ? logger.warn({ event: 'rates.away', reason: event.reason }, 'each process keeps its share of the rates')
        : logger.info({ event: 'rates.back' }, 'all processes keep the rates together again'),
  });
}

function lineOf({
  call,
  outcome,
  tookMs,
}: CallReport): CallLine & { readonly operation: string; readonly outcome: string } {
  const answer = outcome.kind === 'answer' ? outcome : outcome.answer;
  const [provider = ''] = call.name.split(' ');
  // Undefined for a name of no client of ours.
  const requestIdHeader: string | undefined = clients[provider as ClientName]?.requestIdHeader;
  return {
    event: wideEvent.call.event,
    provider,
    operation: call.name,
    connectionId: call.connection,
    correlationId: call.request.headers['x-correlation-id'],
    outcome: outcome.kind === 'answer' ? 'ok' : outcome.happening,
    code: outcome.kind === 'answer' ? undefined : outcome.code,
    detail: outcome.kind === 'answer' ? undefined : outcome.detail,
    arrived: outcome.kind === 'answer' ? undefined : outcome.arrived,
    status: answer?.status,
    providerRequestId:
      answer === undefined || requestIdHeader === undefined ? undefined : headerOf(answer, requestIdHeader),
    attempts: outcome.attempts,
    waitedMs: Math.round(outcome.waitedMs),
    answerBytes: answer?.body.length,
    totalMs: Math.round(tookMs),
  };
}
