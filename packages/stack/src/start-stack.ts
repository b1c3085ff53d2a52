/** Starts the embedded stack: real servers as processes of this machine. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

import { messageOf, TrunklineError, withinMs } from '@trunkline/core';

import { missingArtifacts } from './artifacts-missing.ts';
import { ensureClassArchive, withClassArchive } from './class-archive.ts';
import { cacheDirOf, userEnv } from './config.ts';
import type { Env } from './config.ts';
import { namingFullDisk } from './disk-space.ts';
import { endpointsOf } from './endpoints.ts';
import { startGuardian } from './guardian-client.ts';
import type { Guardian } from './guardian-client.ts';
import { claimPathOf, clearLeftovers, statePathOf } from './leftovers.ts';
import { withLock } from './lock.ts';
import { createPartProcess } from './part-process.ts';
import type { PartProcess } from './part-process.ts';
import { prepareKafka, serverName } from './parts/kafka.ts';
import type { PartContext, PartPlan } from './parts/plan.ts';
import { serverEnv } from './parts/plan.ts';
import { postgresAdminUrl, preparePostgres } from './parts/postgres.ts';
import { redisPassword } from './parts/redis-password.ts';
import { prepareRedis } from './parts/redis.ts';
import { prepareRegistry, registryUrlOf } from './parts/registry.ts';
import { prepareZipkin } from './parts/zipkin.ts';
import { choosePorts, loopback } from './ports.ts';
import type { StartStackOptions } from './stack-options.ts';
import { findJava, type Java, requireMaven } from './tools.ts';
import { partTitles, stackParts } from './types.ts';
import type { Stack, StackEndpoints, StackPart, StackProgress, StackSecurity } from './types.ts';

// Two ranks of at most 5 s grace and 10 s for a kill to be noticed, seldom more than 3 s in all.
const shutdownDeadlineMs = 30_000;
const claimDeadlineMs = 30_000;
const javaParts: ReadonlySet<StackPart> = new Set(['kafka', 'registry', 'zipkin']);
const noJava: Java = { command: '', major: 0, version: '' };

/** Starts the parts and resolves when all of them answer. When one fails, everything is stopped and the error says why. */
export async function startStack(given: StartStackOptions): Promise<Stack> {
  const options = { ...given, dataDir: resolve(given.dataDir) };
  const env = options.env ?? userEnv();
  const parts = withDependencies(options.parts ?? stackParts);
  const cacheDir = options.cacheDir ?? cacheDirOf(env, homedir());
  const java = await requireTools(parts, { env, cacheDir, java: options.java });
  await mkdir(join(options.dataDir, 'logs'), { recursive: true });
  const processes: Processes = new Map();
  const claim = { path: claimPathOf(options.dataDir), deadlineMs: claimDeadlineMs, signal: options.signal };
  const { guardian, ports } = await withLock(claim, async () => {
    await clearLeftovers(options.dataDir);
    return {
      ports: await choosePorts(parts, options.ports ?? {}),
      guardian: await startGuardian({
        statePath: statePathOf(options.dataDir),
        logFolder: join(options.dataDir, 'logs'),
        env: serverEnv(env),
        onExit: (exited) => processes.get(exited.part)?.ended(exited.signal ?? `exit code ${exited.code}`),
        onLost: () => loseGuardian(options.dataDir, processes),
      }),
    };
  });

  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, options.signal]);
  try {
    const context = {
      dataDir: options.dataDir,
      cacheDir,
      ports,
      brokers: options.brokers ?? 1,
      kafkaProxyPort: options.kafkaProxyPort,
      kafkaUsers: options.kafkaUsers,
      isMeasured: options.isMeasured,
      java,
      env,
      signal,
    };
    const { dispensable = [], onProgress } = options;
    const plans = await startParts(parts, { context, guardian, processes, failed, dispensable, onProgress });
    const endpoints = endpointsOf(await addressesOf(parts, { ports, dataDir: options.dataDir, plans }));
    const security = plans.get('kafka')?.[0]?.security;
    return createStack({ processes, guardian, endpoints, security, options });
  } catch (error) {
    failed.abort(error);
    await guardian.shutdown(shutdownDeadlineMs);
    throw options.signal?.aborted === true ? error : await namingFullDisk(error, options.dataDir);
  }
}

function withDependencies(wanted: readonly StackPart[]): StackPart[] {
  const all = new Set<StackPart>([...wanted, ...(wanted.includes('registry') ? (['postgres'] as const) : [])]);
  return stackParts.filter((part) => all.has(part));
}

/** The java to use, after everything that is missing was found missing: before anything is started. */
async function requireTools(
  parts: readonly StackPart[],
  options: { readonly env: Env; readonly cacheDir: string; readonly java: string | undefined },
): Promise<Java> {
  const [java, maven] = await Promise.allSettled([
    parts.some((part) => javaParts.has(part)) ? findJava(options.env, options.java) : noJava,
    missingArtifacts(parts, options).then(async (missing) =>
      missing.length > 0 ? await requireMaven(options.env) : undefined,
    ),
  ]);
  if (java.status === 'fulfilled' && maven.status === 'fulfilled') return java.value;
  // Both at once, so that nobody installs one only to hear about the other.
  const missing: string[] = [];
  for (const result of [java, maven]) if (result.status === 'rejected') missing.push(messageOf(result.reason));
  throw new TrunklineError('config_invalid', missing.join('; '));
}

type Plans = Map<StackPart, readonly PartPlan[]>;

/** Under the names that they are launched under. */
type Processes = Map<string, PartProcess>;

interface StartContext {
  readonly context: Omit<PartContext, 'onProgress'>;
  readonly guardian: Guardian;
  readonly processes: Processes;
  /** Aborted by the first part that fails, so that the others do not go on alone. */
  readonly failed: AbortController;
  readonly dispensable: readonly StackPart[];
  readonly onProgress: ((event: StackProgress) => void) | undefined;
}

const prepare = {
  kafka: prepareKafka,
  registry: async (context) => [await prepareRegistry(context)],
  postgres: async (context) => [await preparePostgres(context)],
  redis: async (context) => [await prepareRedis(context)],
  zipkin: async (context) => [await prepareZipkin(context)],
} as const satisfies Record<StackPart, (context: PartContext) => Promise<readonly PartPlan[]>>;

/** All at once; only the registry waits for PostgreSQL. Throws the first failure after all have settled. */
async function startParts(parts: readonly StackPart[], start: StartContext): Promise<Plans> {
  const plans: Plans = new Map();
  const run = async (part: StackPart): Promise<void> => {
    const report = (state: StackProgress['state'], detail?: string): void =>
      start.onProgress?.({ part, state, ...(detail === undefined ? {} : { detail }) });
    const begin = performance.now();
    try {
      report('preparing');
      const servers = await prepare[part]({ ...start.context, onProgress: report });
      plans.set(part, servers);
      start.context.signal.throwIfAborted();
      const onUnexpectedEnd = (how: string): void => report('failed', `ended unexpectedly (${how})`);
      report('starting');
      const startServer = async (plan: PartPlan): Promise<PartProcess> => {
        const server = createPartProcess(part, plan, { guardian: start.guardian, onUnexpectedEnd });
        start.processes.set(plan.launch.part, server);
        await server.start(start.context.signal);
        return server;
      };
      const [plan] = servers;
      // One controller of several has no majority, and would never be ready.
      if (plan !== undefined && servers.length === 1) await archiveClasses(plan, startServer, start.context.signal);
      await Promise.all(servers.map(async (each) => startServer(await withArchive(each))));
      report('ready', `port ${start.context.ports[part]}, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    } catch (error) {
      report('failed', messageOf(error));
      // It can be started again by its handle.
      const isSpared = start.dispensable.includes(part) && start.processes.has(part);
      if (isSpared && !start.context.signal.aborted) return;
      start.failed.abort(error);
      throw error;
    }
  };
  const postgres = parts.includes('postgres') ? run('postgres') : Promise.resolve();
  const others = parts
    .filter((part) => part !== 'postgres')
    .map(async (part) => {
      if (part === 'registry') await postgres;
      await run(part);
    });
  const results = await Promise.allSettled([postgres, ...others]);
  // The reason of the abort is the first failure; the others failed because of it.
  if (start.context.signal.aborted) throw start.context.signal.reason;
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
  return plans;
}

/** By a run before the first that counts. */
async function archiveClasses(
  plan: PartPlan,
  startServer: (plan: PartPlan) => Promise<PartProcess>,
  signal: AbortSignal,
): Promise<void> {
  const { classArchive: archive } = plan;
  if (archive === undefined) return;
  await ensureClassArchive({
    archive,
    launch: plan.launch,
    signal,
    runOnce: async (launch) => {
      const server = await startServer({ ...plan, launch });
      await server.stop();
    },
  });
}

async function withArchive(plan: PartPlan): Promise<PartPlan> {
  return { ...plan, launch: await withClassArchive(plan.launch, plan.classArchive) };
}

async function addressesOf(
  parts: readonly StackPart[],
  from: {
    readonly ports: Readonly<Record<StackPart, number>>;
    readonly dataDir: string;
    readonly plans: Plans;
  },
): Promise<Partial<StackEndpoints>> {
  const { ports } = from;
  const kafka = from.plans.get('kafka') ?? [];
  const proxyUpstream = kafka[0]?.proxyUpstream;
  return {
    ...(kafka.length > 0 ? { kafkaBrokers: kafka.map(({ broker }) => broker).join(',') } : {}),
    ...(proxyUpstream === undefined ? {} : { kafkaProxyUpstream: proxyUpstream }),
    ...(parts.includes('registry') ? { registryUrl: registryUrlOf(ports.registry) } : {}),
    ...(parts.includes('postgres') ? { postgresAdminUrl: await postgresAdminUrl(from.dataDir, ports.postgres) } : {}),
    ...(parts.includes('redis')
      ? { redisUrl: `redis://:${await redisPassword(from.dataDir)}@${loopback}:${ports.redis}` }
      : {}),
    ...(parts.includes('zipkin') ? { zipkinUrl: `http://${loopback}:${ports.zipkin}` } : {}),
  };
}

function createStack(made: {
  readonly processes: Processes;
  readonly guardian: Guardian;
  readonly endpoints: StackEndpoints;
  readonly security: StackSecurity | undefined;
  readonly options: StartStackOptions;
}): Stack {
  const server = (name: string, title: string): PartProcess => {
    const found = made.processes.get(name);
    if (found === undefined) throw new TrunklineError('config_invalid', `this stack was started without ${title}`);
    return found;
  };
  let stopping: Promise<void> | undefined;
  return {
    kind: 'embedded',
    description: `embedded stack: ${stackParts.filter((part) => made.processes.has(part)).join(', ')} as processes of this machine, data in ${made.options.dataDir}`,
    endpoints: made.endpoints,
    ...(made.security === undefined ? {} : { security: made.security }),
    part: (name) => server(name, partTitles[name]),
    broker: (id) => server(serverName(id), `a broker ${id}`),
    stop: async () => {
      for (const server of made.processes.values()) server.expectEnd();
      stopping ??= made.guardian.shutdown(shutdownDeadlineMs);
      await stopping;
    },
  };
}

/** Somebody killed the guardian: its servers have no keeper, so they are stopped from here and the stack is over. */
async function loseGuardian(dataDir: string, processes: Processes): Promise<void> {
  for (const server of processes.values()) server.ended('the guardian process of the stack ended');
  await withinMs(clearLeftovers(dataDir), shutdownDeadlineMs, 'stopping the servers of the stack');
}
