/** `npm start`: the stack, the topics, the schemas, the database and every service, until Ctrl-C. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';
import {
  databaseUrlOf,
  type Installation,
  installationEnvironment,
  kafkaLoginEnvironment,
  portEnvironment,
  type TopicSizes,
} from '@trunkline/installation';
import { kafkaUsers } from '@trunkline/operations';
import { operatorLogin } from '@trunkline/postgres';
import { loadSources, renderProblems, type SourceCatalog, type SourcesWatch } from '@trunkline/sources';
import { listConnectionVariables } from '@trunkline/sources/connections';
import { listAddressVariables } from '@trunkline/sources/directory';
import { listSenderVariables } from '@trunkline/sources/senders';
import { createProgress, resolveStack, type Stack } from '@trunkline/stack';

import { installationOn, type Places, provision, topicSizesOf } from './start/installation.ts';
import { memoryOfTree } from './start/memory.ts';
import { claimPorts, type ServicePlan } from './start/ports.ts';
import { otherRun, removeRunFile, writeRunFile } from './start/run-file.ts';
import { startScreen } from './start/screen.ts';
import { ensureSecrets } from './start/secrets.ts';
import { roomUnder, watchServers } from './start/servers.ts';
import { startServices } from './start/services.ts';
import { stopSignal, unlessStopped } from './start/signals.ts';
import { tellSources } from './start/sources.ts';
import type { SupervisedService } from './start/supervise.ts';
import { checkVariables, passOn } from './variables/passed-on.ts';

const env = process.env;
const root = join(import.meta.dirname, '..');
const stateDir = join(root, '.trunkline');
const dataDir = join(stateDir, 'data');
const runFile = join(stateDir, 'run.json');
const secretsFile = join(stateDir, 'secrets.env');
const sourcesFile = env['TRUNKLINE_SOURCES'] || join(root, 'trunkline.yaml');
/** Kafka over TLS, with a login and rights of its own for each service. */
const isSecured = process.argv.includes('--secured') || env['TRUNKLINE_SECURED'] === '1';
const places: Places = { root, stateDir, sourcesFile, secretsFile };

/** Everything is gone within 10 s of Ctrl-C: the services first, then the servers they need. */
const servicesStopMs = 5_500;
/** By itself a service ends before it would be killed, and abandons what is late. */
const serviceGraceMs = servicesStopMs - 500;
/** Longer than the services and the servers may take, each by its own deadline: 5.5 s and 30 s. */
const stopWithinMs = 45_000;

/** What this run has to end, whatever happens. */
const held: { stack?: Stack; services: SupervisedService[]; sources?: SourcesWatch } = { services: [] };
const progress = createProgress(process.stderr);
const stopAsked = stopSignal({
  onFirst: () => {
    progress.close();
    say('\nStopping …  (Ctrl-C again ends everything at once)');
  },
  atOnce: endAtOnce,
  withinMs: stopWithinMs,
});

/** What holds while somebody develops, unless the shell says otherwise: an endpoint may be on this machine. */
const developing: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  delivery: { TRUNKLINE_DELIVERY_NETWORKS: '127.0.0.0/8,::1', TRUNKLINE_DELIVERY_NAME: 'npm start' },
};

try {
  await main();
} catch (error) {
  if (!stopAsked.aborted) {
    process.stderr.write(`\ntrunkline: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
if (stopAsked.aborted && process.exitCode === undefined) say('Stopped.');
// Nothing that is still open somewhere may keep a run alive whose services and servers are gone.
process.exit();

async function main(): Promise<void> {
  const startedAt = performance.now();
  const running = otherRun(runFile);
  if (running !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `npm start is running already (pid ${running}); stop it with Ctrl-C there, or: kill ${running}`,
    );
  }
  const { secrets, addresses, connectionSecrets, senderSecrets, catalog } = await unlessStopped(
    stopAsked,
    readConfiguration,
  );
  for (const note of await unlessStopped(stopAsked, () => checkVariables(env, sourcesFile))) say(note);
  const plans = await unlessStopped(stopAsked, () => claimPorts(env, dataDir));

  const servers = watchServers({ progress, say, signal: stopAsked, roomOf: (part) => roomUnder(dataDir, part) });
  try {
    const stack = await resolveStack({
      env,
      dataDir,
      ports: 'stable',
      // Traces are of use where there are some, and nothing waits for them.
      dispensable: ['zipkin'],
      ...(isSecured ? { kafkaUsers } : {}),
      onProgress: servers.onProgress,
      signal: stopAsked,
    });
    held.stack = stack;
    const installation = installationOn(stack, { env, secrets, addresses, connectionSecrets, senderSecrets, places });
    const { environmentOf, notes } = await passOn(env, (service) => decidedFor(installation, service, plans));
    const topics = await unlessStopped(stopAsked, () => topicSizesOf(stack, env));
    await unlessStopped(stopAsked, () => provision(installation, topics, progress));
    const run = { stack, installation, topics };
    await startServices(installation, {
      plans,
      environmentOf: (service) => ({
        TRUNKLINE_GRACE_MS: String(serviceGraceMs),
        ...developing[service],
        ...environmentOf(service),
      }),
      progress,
      say,
      onChange: () => recordRun(run),
      signal: stopAsked,
      stopMs: servicesStopMs,
      held: held.services,
    });
    progress.close();
    for (const note of notes) say(note);
    recordRun(run);
    servers.watch(stack);
    held.sources = await tellSources({ sourcesFile, secretsFile, env, say });
    process.stdout.write(screenOf(stack, { plans, catalog, startedAt }));
    await aborted(stopAsked);
  } finally {
    progress.close();
    removeRunFile(runFile);
    await stopEverything();
  }
}

/** In order. What does not end so is told, and the servers' keeper ends them when this process is gone. */
async function stopEverything(): Promise<void> {
  try {
    await held.sources?.close();
    await Promise.all(held.services.map((service) => service.stop(servicesStopMs)));
    await held.stack?.stop();
  } catch (error) {
    say(`Not stopped in order: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The servers' keeper notices that we are gone and ends them. */
function endAtOnce(why: 'asked' | 'late'): never {
  for (const service of held.services) service.current().kill('SIGKILL');
  removeRunFile(runFile);
  const late = why === 'late' ? `This did not stop within ${stopWithinMs / 1_000} s. ` : '';
  say(`\n${late}Ended at once. Servers that were stopping end by themselves.`);
  process.exit(why === 'late' ? 1 : 130);
}

/** The sources file before anything is started: a mistake in it should cost a second, not a stack. */
async function readConfiguration(): Promise<{
  readonly secrets: Installation['secrets'];
  readonly addresses: NonNullable<Installation['addresses']>;
  readonly connectionSecrets: NonNullable<Installation['connectionSecrets']>;
  readonly senderSecrets: NonNullable<Installation['senderSecrets']>;
  readonly catalog: SourceCatalog;
}> {
  if (!existsSync(sourcesFile)) {
    throw new TrunklineError(
      'config_invalid',
      `there is no ${sourcesFile}: restore trunkline.yaml, or name another file with TRUNKLINE_SOURCES`,
    );
  }
  const first = await loadSources(sourcesFile, { env, secretsFile });
  if ('problems' in first)
    throw new TrunklineError(
      'config_invalid',
      `the sources file has mistakes\n${renderProblems(sourcesFile, first.problems)}`,
    );
  const { secrets, made } = await ensureSecrets(secretsFile, sourcesFile, env);
  if (made.length > 0) say(`Made sample secrets: ${made.join(', ')} (in .trunkline/secrets.env)`);
  // Nobody can make up an address, or a provider's key: what is missing is told of by the services.
  const known = (names: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = secrets[name] ?? env[name] ?? '';
        return value === '' ? [] : [[name, value]];
      }),
    );
  return {
    secrets,
    addresses: known(await listAddressVariables(sourcesFile)),
    connectionSecrets: known(await listConnectionVariables(sourcesFile)),
    senderSecrets: known(await listSenderVariables(sourcesFile)),
    catalog: first.catalog,
  };
}

function decidedFor(
  installation: Installation,
  service: string,
  plans: readonly ServicePlan[],
): Readonly<Record<string, string>> {
  const plan = plans.find(({ name }) => name === service);
  return {
    ...installationEnvironment(installation, service),
    ...(plan === undefined ? {} : portEnvironment(service, plan)),
    TRUNKLINE_PARENT_PIPE: '1',
  };
}

interface Run {
  readonly stack: Stack;
  readonly installation: Installation;
  readonly topics: TopicSizes;
}

function recordRun({ stack, installation, topics }: Run): void {
  const { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } = stack.endpoints;
  writeRunFile(runFile, {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    stack: { kind: stack.kind, endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } },
    topics,
    ...(installation.retryTiers === undefined ? {} : { retryTiers: installation.retryTiers }),
    namespace: installation.namespace,
    databaseUrl: databaseUrlOf(installation, operatorLogin),
    kafkaLogin: kafkaLoginEnvironment(installation.endpoints.kafkaUsers, operatorLogin),
    ingressUrl: ingressUrlOf(held.services),
    services: held.services.map((service) => {
      const { name, pid, operatorUrl, logFile } = service.current();
      return { name, pid, healthUrl: operatorUrl, logFile };
    }),
    sourcesFile,
    secretsFile,
  });
}

function ingressUrlOf(services: readonly SupervisedService[]): string {
  return services.find(({ name }) => name === 'ingress')?.current().url ?? '';
}

function screenOf(
  stack: Stack,
  run: { readonly plans: readonly ServicePlan[]; readonly catalog: SourceCatalog; readonly startedAt: number },
): string {
  const ordered = run.plans.flatMap(({ name, apiPort }) =>
    held.services.filter((service) => service.name === name).map((service) => ({ service, apiPort })),
  );
  return startScreen({
    stack,
    ingressUrl: ingressUrlOf(held.services),
    services: ordered.map(({ service, apiPort }) => ({
      name: service.name,
      pid: service.current().pid,
      url: service.current().url,
      apiUrl: apiPort === undefined ? undefined : `http://127.0.0.1:${apiPort}`,
    })),
    sources: run.catalog
      .all()
      .map(({ sourceId, tenantId, provider }) => ({ sourceId, tenantId, provider: provider.name })),
    seconds: (performance.now() - run.startedAt) / 1_000,
    memoryBytes: memoryOfTree(process.pid),
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
