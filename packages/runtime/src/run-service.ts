import { randomUUID } from 'node:crypto';

import { armFailpoints, type Clock, messageOf, settledWithin, systemClock, TrunklineError } from '@trunkline/core';
import type { z } from 'zod';

import { type EnvironmentProblem, readEnvironment, renderEnvironmentProblems } from './environment.ts';
import { createHealth, createProbeHandler, type Health, type HealthRegistry, type ProbeHandler } from './health.ts';
import type { App } from './lifecycle.ts';
import { createLogger, type Logger, type ProcessLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createOperatorPages, type OperatorPages, type PageOf } from './operator-pages.ts';
import { startOperatorServer } from './operator-server.ts';
import { createOperatorHandler, type OperatorAnswers } from './operators.ts';
import { processIdentity } from './process-identity.ts';
import { createRequestSpans, type StartRequestSpan } from './request-span.ts';
import { processEnvironment, type RuntimeConfig, runtimeConfig } from './runtime-config.ts';
import { installedTelemetry } from './telemetry-handle.ts';
import { createFirstProcess } from './workers/first-process.ts';
import type { Link } from './workers/link.ts';
import { firstProcess, reportToFirst } from './workers/worker-end.ts';

/** What the runtime gives a service. */
export interface Service {
  readonly name: string;
  readonly version: string;
  /** Unique among the processes that run at one time. */
  readonly instance: string;
  readonly logger: Logger;
  readonly health: HealthRegistry;
  /** What its operators may ask beside /metrics and /debug, where it is one process. */
  readonly operatorPages: OperatorPages;
  /** A bare /livez and /readyz, for a service that has a public port: what more there is to ask has its own listener. */
  readonly probeHandler: ProbeHandler;
  readonly metrics: Metrics;
  readonly startRequestSpan: StartRequestSpan;
  readonly clock: Clock;
  /** The process that serves a port with several workers, of which this is one; undefined where there is one process. */
  readonly first: Link | undefined;
  /** Ends the process with one fatal line: for what must not happen and cannot be repaired from inside. */
  onFatal(error: unknown): void;
}

export interface ServiceDefinition<C> {
  readonly name: string;
  /** The service's whole environment. */
  readonly config: z.ZodType<C>;
  readonly createApp: (config: C, service: Service) => App | Promise<App>;
  /** How many processes share its port; one where it is left out. */
  readonly workers?: (config: C) => number;
  /** What the first of several processes keeps for all. Called once; what it returns is told of each worker. */
  readonly shared?: (config: C) => (worker: Link, whenGone: (gone: () => void) => void) => void;
}

/** Kept of the grace time for the telemetry flush and the end itself, after the app has stopped. */
const afterAppMs = 1_000;
const telemetryFlushMs = 700;
const logDrainMs = 200;
const leastGraceMs = 1_000;
const collectedMs = 300;

/**
 * The whole of a service's main.ts: environment, logger, health, signals, start, stop.
 * Exit codes: 0 stopped as asked, 1 anything else (config_invalid is explained on standard error).
 */
export async function runService<C>(definition: ServiceDefinition<C>): Promise<void> {
  const { runtime, config } = readConfig(definition);
  const identity = processIdentity(process.argv[1]);
  const first = firstProcess();
  const logger = createLogger({
    name: definition.name,
    version: identity.version,
    instance: identity.instance,
    level: runtime.logLevel,
    sharesOutput: first !== undefined,
  });
  const onFatal = (error: unknown): void => endFatally(logger, error);
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  if (runtime.failpoints !== undefined) arm(runtime.failpoints, logger);

  const health = createHealth();
  const pages = createOperatorPages();
  const service: Service = {
    name: definition.name,
    version: identity.version,
    instance: identity.instance,
    logger,
    health,
    operatorPages: pages,
    probeHandler: createProbeHandler(health),
    metrics: createMetrics({ name: definition.name, version: identity.version }),
    startRequestSpan: createRequestSpans(runtime.traceProxies),
    clock: systemClock,
    first,
    onFatal,
  };
  try {
    await runUntilAsked({ definition, config, runtime, service, health, pageOf: pages.pageOf, logger });
  } catch (error) {
    endFatally(logger, error);
  }
}

interface Run<C> {
  readonly definition: ServiceDefinition<C>;
  readonly config: C;
  readonly runtime: RuntimeConfig;
  readonly service: Service;
  readonly health: Health;
  readonly pageOf: PageOf;
  readonly logger: ProcessLogger;
}

async function runUntilAsked<C>(run: Run<C>): Promise<void> {
  const { runtime, service, health, logger } = run;
  const stopAsked = stopRequest(runtime, service.first !== undefined, logger);
  const app = service.first === undefined ? await appForOperators(run) : await appOfWorker(run, service.first);
  const started = app.start(stopAsked.signal);
  const first = await Promise.race([started.then(() => 'started' as const), stopAsked.reason]);
  if (first === 'started') {
    health.enter('running');
    logger.info({ runId: randomUUID(), node: process.version }, 'started');
  }
  const reason = await stopAsked.reason;
  started.catch((error: unknown) => logger.warn({ err: error }, 'was still starting when asked to stop'));

  health.enter('stopping');
  const stopping = performance.now();
  logger.info({ reason }, 'stopping');
  const hard = setTimeout(() => endFatally(logger, new Error('the grace time is over')), runtime.graceMs);
  await app.stop(runtime.graceMs - afterAppMs);
  await settledWithin(installedTelemetry().shutdown(), telemetryFlushMs).catch((error: unknown) => {
    logger.warn({ err: error }, 'telemetry was not flushed');
  });
  clearTimeout(hard);
  logger.info({ totalMs: Math.round(performance.now() - stopping) }, 'stopped');
  await logger.drain(logDrainMs);
  process.exit(0);
}

/** The operators' port comes first, so that probes see "starting" instead of a refused connection. */
async function appForOperators<C>(run: Run<C>): Promise<App> {
  const { definition, config, service, health } = run;
  const count = definition.workers?.(config) ?? 1;
  const metrics = (): Promise<string> => installedTelemetry().metricsText();
  if (count === 1) {
    await serveOperators({ ...health, metrics }, run);
    return definition.createApp(config, service);
  }
  const { graceMs } = run.runtime;
  const first = createFirstProcess({
    count,
    // They end before this process does, and by its word; the pipe to the parent is this process's, too.
    environment: { TRUNKLINE_GRACE_MS: String(workerGraceMs(graceMs)), TRUNKLINE_PARENT_PIPE: '0' },
    logger: run.logger,
    metrics,
    onWorker: definition.shared?.(config) ?? (() => undefined),
    onHopeless: (error) => service.onFatal(error),
  });
  await serveOperators(first, run);
  return first;
}

function appOfWorker<C>({ definition, config, service, health }: Run<C>, first: Link): App | Promise<App> {
  reportToFirst({ first, health, metrics: () => installedTelemetry().metricsText() });
  return definition.createApp(config, service);
}

async function serveOperators<C>(answers: OperatorAnswers, { runtime, logger, pageOf }: Run<C>): Promise<void> {
  const { host, port, token } = runtime.operators;
  const operators = await startOperatorServer({
    host,
    port,
    handler: createOperatorHandler({ answers, token, pageOf }),
  });
  logger.info({ port: operators.port, tokenNeeded: token !== undefined }, 'operators may ask');
}

/** Of a worker: what its first process gives the app, less a moment to be collected. */
function workerGraceMs(graceMs: number): number {
  return Math.max(leastGraceMs, graceMs - afterAppMs - collectedMs);
}

interface StopRequest {
  /** Resolves with the signal's name, or why else. */
  readonly reason: Promise<string>;
  readonly signal: AbortSignal;
}

function stopRequest(runtime: RuntimeConfig, isWorker: boolean, logger: ProcessLogger): StopRequest {
  const abort = new AbortController();
  const reason = new Promise<string>((resolve) => {
    // With a parent that ends us in order, a signal to everybody (Ctrl-C, systemd) comes once from outside and once from it.
    const again = runtime.endsWithParent || isWorker ? 'is ignored' : 'ends';
    const ask = (why: string): void => {
      if (abort.signal.aborted) {
        if (again === 'ends') endFatally(logger, new Error(`a second signal (${why}) while stopping`));
        return;
      }
      abort.abort();
      resolve(why);
    };
    process.on('SIGTERM', () => ask('SIGTERM'));
    process.on('SIGINT', () => ask('SIGINT'));
    if (runtime.endsWithParent) whenParentIsGone(() => ask('the parent is gone'));
  });
  return { reason, signal: abort.signal };
}

/** The parent holds the other end of our standard input (or an IPC channel) and never writes: it closes with the parent. */
function whenParentIsGone(gone: () => void): void {
  process.stdin.on('end', gone).on('close', gone).on('error', gone).resume();
  process.on('disconnect', gone);
}

function readConfig<C>(definition: ServiceDefinition<C>): { readonly runtime: RuntimeConfig; readonly config: C } {
  const environment = processEnvironment();
  const runtime = readEnvironment(runtimeConfig, environment);
  const service = readEnvironment(definition.config, environment);
  if (runtime.ok && service.ok) return { runtime: runtime.config, config: service.config };
  const problems: EnvironmentProblem[] = [
    ...(service.ok ? [] : service.problems),
    ...(runtime.ok ? [] : runtime.problems),
  ];
  process.stderr.write(renderEnvironmentProblems(definition.name, problems));
  process.exit(1);
}

function arm(failpoints: string, logger: ProcessLogger): void {
  try {
    armFailpoints(failpoints);
  } catch (error) {
    endFatally(
      logger,
      new TrunklineError('config_invalid', `TRUNKLINE_FAILPOINTS: ${messageOf(error)}`, { cause: error }),
    );
  }
  logger.warn({ failpoints }, 'FAILPOINTS ARE ARMED: this process is meant to break; never run it for real');
}

function endFatally(logger: ProcessLogger, error: unknown): never {
  if (error instanceof TrunklineError && error.code === 'config_invalid') {
    // For whoever typed the command; the lines of such a message are made to be read.
    process.stderr.write(`${error.message}\n`);
  }
  logger.fatal({ err: error }, messageOf(error));
  logger.flush();
  process.exit(1);
}
