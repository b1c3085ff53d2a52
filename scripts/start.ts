/** `npm start`: the stack, the topics, the schemas, the database and every service, until Ctrl-C. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { groups, retryTiers } from '@trunkline/consumer';
import { messageOf, TrunklineError } from '@trunkline/core';
import {
  applyTopics,
  databaseUrlOf,
  type Installation,
  migrateServices,
  registerSchemas,
  startService,
} from '@trunkline/installation';
import { operatorLogin } from '@trunkline/postgres';
import { loadSources, renderProblems, type SourceCatalog } from '@trunkline/sources';
import { createProgress, followStack, type Progress, resolveStack, type Stack } from '@trunkline/stack';

import { claimServicePorts, type ServicePlan, servicePlans } from './start/ports.ts';
import { otherRun, removeRunFile, writeRunFile } from './start/run-file.ts';
import { startScreen } from './start/screen.ts';
import { ensurePasswords, ensureSecrets } from './start/secrets.ts';
import { supervise, type SupervisedService } from './start/supervise.ts';

const root = join(import.meta.dirname, '..');
const stateDir = join(root, '.trunkline');
const runFile = join(stateDir, 'run.json');
const secretsFile = join(stateDir, 'secrets.env');
const passwordsFile = join(stateDir, 'passwords.env');
const sourcesFile = process.env['TRUNKLINE_SOURCES'] ?? join(root, 'trunkline.yaml');
/** Servers that are given (TRUNKLINE_STACK=env) may hold several installations: each has its own prefix and database. */
const namespace = process.env['TRUNKLINE_NAMESPACE'] ?? '';
const database = process.env['TRUNKLINE_DATABASE'] ?? 'trunkline';

/** Everything is gone within 10 s of Ctrl-C: the services first, then the servers they need. */
const servicesStopMs = 5_500;
/** Few, because one machine runs everything; production has 12. */
const partitions = 3;

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopAsked.abort(new Error(`stopped by ${signal}`)));

try {
  await main();
} catch (error) {
  if (!stopAsked.signal.aborted) {
    process.stderr.write(`\ntrunkline: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const running = otherRun(runFile);
  if (running !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `npm start is running already (pid ${running}); stop it with Ctrl-C there, or: kill ${running}`,
    );
  }
  const { secrets, catalog } = await readConfiguration();
  const plans = await claimServicePorts(process.env);

  const progress = createProgress(process.stderr);
  const held: { stack?: Stack; services: SupervisedService[] } = { services: [] };
  try {
    held.stack = await resolveStack({
      env: process.env,
      dataDir: join(stateDir, 'data'),
      ports: 'stable',
      onProgress: followStack(progress),
      signal: stopAsked.signal,
    });
    const installation = installationOn(held.stack, secrets);
    await provision(installation, progress);
    await startServices(installation, plans, { progress, held });
    progress.close();
    recordRun(held.stack, installation, held.services);
    process.stdout.write(screenOf(held.stack, { held: held.services, catalog, startedAt }));
    await stopped(stopAsked.signal);
    process.stderr.write('\nStopping …\n');
  } finally {
    progress.close();
    removeRunFile(runFile);
    await Promise.all(held.services.map((service) => service.stop(servicesStopMs)));
    await held.stack?.stop();
  }
  process.stderr.write('Stopped.\n');
}

/** The sources file before anything is started: a mistake in it should cost a second, not a stack. */
async function readConfiguration(): Promise<{
  readonly secrets: Installation['secrets'];
  readonly catalog: SourceCatalog;
}> {
  if (!existsSync(sourcesFile)) {
    throw new TrunklineError(
      'config_invalid',
      `there is no ${sourcesFile}: restore trunkline.yaml, or name another file with TRUNKLINE_SOURCES`,
    );
  }
  const first = await loadSources(sourcesFile, { env: process.env, secretsFile });
  if ('problems' in first)
    throw new TrunklineError(
      'config_invalid',
      `the sources file has mistakes\n${renderProblems(sourcesFile, first.problems)}`,
    );
  const { secrets, made } = await ensureSecrets(secretsFile, sourcesFile, process.env);
  if (made.length > 0) process.stderr.write(`Made sample secrets: ${made.join(', ')} (in .trunkline/secrets.env)\n`);
  return { secrets, catalog: first.catalog };
}

function installationOn(stack: Stack, secrets: Installation['secrets']): Installation {
  const { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } = stack.endpoints;
  return {
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl },
    namespace,
    database,
    passwords: ensurePasswords(passwordsFile, process.env),
    sourcesFile,
    // What is in the file stays there: a process follows the file, but reads its environment once.
    secrets: Object.fromEntries(
      Object.entries(secrets).filter(([name]) => name.startsWith('TRUNKLINE_') || process.env[name] !== undefined),
    ),
    secretsFile,
    logDir: join(stateDir, 'logs'),
  };
}

async function provision(installation: Installation, progress: Progress): Promise<void> {
  await Promise.all([
    progress.step('topics', async () => {
      await applyTopics({ ...installation, groups: groups.map(({ name }) => name), retryTiers, partitions });
    }),
    progress.step('schemas', async () => {
      await registerSchemas(installation);
    }),
    progress.step('database', () => migrateServices({ ...installation, groups: groups.map(({ name }) => name) })),
  ]);
}

interface Starting {
  readonly progress: Progress;
  readonly held: { readonly services: SupervisedService[]; stack?: Stack };
}

async function startServices(
  installation: Installation,
  plans: readonly ServicePlan[],
  { progress, held }: Starting,
): Promise<void> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const onChange = (): void => {
    if (held.stack !== undefined) recordRun(held.stack, installation, held.services);
  };
  await Promise.all(
    plans.map(({ name, port, operatorPort }) =>
      progress.step(name, async () => {
        const start = () => startService(installation, { name, port, operatorPort });
        held.services.push(await supervise({ name, start, say, onChange }));
      }),
    ),
  );
}

function recordRun(stack: Stack, installation: Installation, services: readonly SupervisedService[]): void {
  const { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } = stack.endpoints;
  writeRunFile(runFile, {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    stack: { kind: stack.kind, endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } },
    namespace: installation.namespace,
    databaseUrl: databaseUrlOf(installation, operatorLogin),
    ingressUrl: ingressUrlOf(services),
    services: services.map((service) => {
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
  run: { held: readonly SupervisedService[]; catalog: SourceCatalog; startedAt: number },
): string {
  return startScreen({
    stack,
    ingressUrl: ingressUrlOf(run.held),
    services: run.held
      .toSorted(
        (a, b) =>
          servicePlans.findIndex(({ name }) => name === a.name) - servicePlans.findIndex(({ name }) => name === b.name),
      )
      .map((service) => ({ name: service.name, pid: service.current().pid, url: service.current().url })),
    sources: run.catalog
      .all()
      .map(({ sourceId, tenantId, provider }) => ({ sourceId, tenantId, provider: provider.name })),
    seconds: (performance.now() - run.startedAt) / 1_000,
  });
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
