/**
 * The stack in containers, by Testcontainers: for machines without Java or with a policy against downloads from Maven.
 * Data lives as long as the containers. Loaded only when TRUNKLINE_STACK=docker asks for it.
 */
import { messageOf, TrunklineError } from '@trunkline/core';
import { GenericContainer, getContainerRuntimeClient, Network, Wait } from 'testcontainers';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';

import { stablePortsOf } from './config.ts';
import { dockerImages, kafkaContainerEnv, kafkaContainerPorts } from './docker-images.ts';
import { endpointsOf } from './endpoints.ts';
import { choosePorts, freePort } from './ports.ts';
import { httpProbe, kafkaProbe, postgresProbe, redisProbe } from './probes.ts';
import type { Probe } from './probes.ts';
import type { ResolveStackOptions } from './stack-options.ts';
import { partTitles, stackParts } from './types.ts';
import type { Stack, StackEndpoints, StackPart, StackPartHandle } from './types.ts';
import { waitForProbe } from './wait-for-probe.ts';

const startupTimeoutMs = 180_000; // includes pulling the image on a slow line
const readyDeadlineMs = 60_000;
const stopGraceSeconds = 5;
const killedDeadlineMs = 10_000;
const registryPort = 8080;
const jaegerUiPort = 16_686;
const serverPassword = 'trunkline';

interface Started {
  readonly part: StackPart;
  readonly container: StartedTestContainer;
  readonly probe: Probe;
}

interface Context {
  readonly network: StartedNetwork;
  readonly ports: Readonly<Record<StackPart, number>>;
  readonly proxy: { readonly bind: number; readonly advertised: number } | undefined;
  /** Ours to choose: a port that Docker chose would be another after a restart. */
  readonly jaegerUi: number;
}

/** Why no container can be started here; undefined when there is an engine. */
export async function engineProblem(): Promise<string | undefined> {
  try {
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Starts the wanted parts as containers on fixed host ports, so that a restarted part is found where it was. */
export async function startDockerStack(options: ResolveStackOptions): Promise<Stack> {
  const parts = withPostgres(options.parts ?? stackParts);
  const ports = await choosePorts(parts, options.ports === 'stable' ? stablePortsOf(options.env) : {});
  const proxy =
    options.kafkaProxyPort === undefined ? undefined : { bind: await freePort(), advertised: options.kafkaProxyPort };
  const network = await startNetwork();
  const started: Started[] = [];
  try {
    const context: Context = { network, ports, proxy, jaegerUi: await freePort() };
    const run = async (part: StackPart): Promise<void> => {
      options.signal?.throwIfAborted();
      options.onProgress?.({ part, state: 'starting', detail: `container ${dockerImages[part]}` });
      started.push(await startPart(part, context));
      options.onProgress?.({ part, state: 'ready', detail: `port ${ports[part]}` });
    };
    if (parts.includes('postgres')) await run('postgres');
    const results = await Promise.allSettled(parts.filter((part) => part !== 'postgres').map(run));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return createDockerStack(started, { context, parts });
  } catch (error) {
    await stopAll(started, network);
    throw error;
  }
}

function withPostgres(parts: readonly StackPart[]): StackPart[] {
  return stackParts.filter((part) => parts.includes(part) || (part === 'postgres' && parts.includes('registry')));
}

async function startNetwork(): Promise<StartedNetwork> {
  try {
    return await new Network().start();
  } catch (error) {
    throw new TrunklineError(
      'config_invalid',
      `TRUNKLINE_STACK=docker needs a running Docker engine: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function startPart(part: StackPart, context: Context): Promise<Started> {
  const port = context.ports[part];
  const base = new GenericContainer(dockerImages[part])
    .withNetwork(context.network)
    .withHostname(part)
    .withStartupTimeout(startupTimeoutMs)
    // For nothing: our own probe asks the server itself, and not every image has the shell that a look inside needs.
    .withWaitStrategy(Wait.forAll([]));
  const { container, probeOf } = await runContainer(part, base, context);
  const probe = probeOf(container.getHost(), port);
  await waitForProbe(probe, { what: partTitles[part], deadlineMs: readyDeadlineMs });
  return { part, container, probe };
}

interface Running {
  readonly container: StartedTestContainer;
  readonly probeOf: (host: string, port: number) => Probe;
}

async function runContainer(part: StackPart, base: GenericContainer, context: Context): Promise<Running> {
  const host = context.ports[part];
  switch (part) {
    case 'kafka': {
      const { main, proxy } = kafkaContainerPorts;
      const exposed = [
        { container: main, host },
        ...(context.proxy === undefined ? [] : [{ container: proxy, host: context.proxy.bind }]),
      ];
      const environment = kafkaContainerEnv({ main: host, proxy: context.proxy?.advertised });
      const container = await base
        .withExposedPorts(...exposed)
        .withEnvironment(environment)
        .start();
      return { container, probeOf: (name, port) => kafkaProbe({ host: name, port }) };
    }
    case 'registry': {
      const environment = {
        APICURIO_STORAGE_KIND: 'sql',
        APICURIO_STORAGE_SQL_KIND: 'postgresql',
        APICURIO_DATASOURCE_URL: 'jdbc:postgresql://postgres:5432/registry',
        APICURIO_DATASOURCE_USERNAME: 'postgres',
        APICURIO_DATASOURCE_PASSWORD: serverPassword,
      };
      const container = await base
        .withExposedPorts({ container: registryPort, host })
        .withEnvironment(environment)
        .start();
      return { container, probeOf: (name, port) => httpProbe(`http://${name}:${port}/apis/ccompat/v7/subjects`) };
    }
    case 'postgres': {
      const container = await base
        .withExposedPorts({ container: 5432, host })
        .withEnvironment({ POSTGRES_PASSWORD: serverPassword })
        // The image runs a temporary server while it initialises; only the second start is the real one.
        .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
        .start();
      const created = await container.exec(['createdb', '-U', 'postgres', 'registry']);
      if (created.exitCode !== 0)
        throw new TrunklineError(
          'dependency_unavailable',
          `creating the registry's database failed: ${created.output}`,
        );
      return { container, probeOf: (name, port) => postgresProbe({ host: name, port }) };
    }
    case 'redis': {
      const container = await base
        .withExposedPorts({ container: 6379, host })
        .withCommand(['redis-server', '--save', '', '--appendonly', 'no', '--requirepass', serverPassword])
        .start();
      return { container, probeOf: (name, port) => redisProbe({ host: name, port }) };
    }
    case 'zipkin': {
      // Jaeger, which reads Zipkin's spans as well.
      const { jaegerUi } = context;
      const container = await base
        .withExposedPorts({ container: 9411, host }, { container: jaegerUiPort, host: jaegerUi })
        .start();
      return { container, probeOf: (name) => httpProbe(`http://${name}:${jaegerUi}/`) };
    }
    default:
      return part satisfies never;
  }
}

function createDockerStack(
  started: readonly Started[],
  from: { readonly context: Context; readonly parts: readonly StackPart[] },
): Stack {
  const { ports, proxy, network } = from.context;
  const handles = new Map(started.map((entry) => [entry.part, createHandle(entry)]));
  const hostOf = (part: StackPart): string => started.find((entry) => entry.part === part)?.container.getHost() ?? '';
  const at = (part: StackPart): string => `${hostOf(part)}:${ports[part]}`;
  const jaeger = started.find((entry) => entry.part === 'zipkin')?.container;
  const has = (part: StackPart): boolean => from.parts.includes(part);
  const known: Partial<StackEndpoints> = {
    ...(has('kafka') ? { kafkaBrokers: at('kafka') } : {}),
    ...(proxy === undefined ? {} : { kafkaProxyUpstream: `${hostOf('kafka')}:${proxy.bind}` }),
    ...(has('registry') ? { registryUrl: `http://${at('registry')}/apis/ccompat/v7` } : {}),
    ...(has('postgres')
      ? { postgresAdminUrl: `postgresql://postgres:${serverPassword}@${at('postgres')}/postgres` }
      : {}),
    ...(has('redis') ? { redisUrl: `redis://:${serverPassword}@${at('redis')}` } : {}),
    ...(jaeger === undefined
      ? {}
      : {
          zipkinUrl: `http://${at('zipkin')}`,
          jaegerUrl: `http://${jaeger.getHost()}:${from.context.jaegerUi}`,
        }),
  };
  const part = (name: StackPart): StackPartHandle => {
    const handle = handles.get(name);
    if (handle === undefined)
      throw new TrunklineError('config_invalid', `this stack was started without ${partTitles[name]}`);
    return handle;
  };
  let stopping: Promise<void> | undefined;
  return {
    kind: 'docker',
    description: `docker stack (TRUNKLINE_STACK=docker): ${from.parts.join(', ')} in containers, data is gone when they stop`,
    endpoints: endpointsOf(known),
    part,
    broker: (id) => {
      if (id !== 1)
        throw new TrunklineError('config_invalid', `a stack in containers has one broker, not a broker ${id}`);
      return part('kafka');
    },
    stop: async () => {
      stopping ??= stopAll(started, network);
      await stopping;
    },
  };
}

/** Works on the container through the engine: Testcontainers' own stop would remove it with its data. */
function createHandle({ part, container, probe }: Started): StackPartHandle {
  const engine = async (): Promise<
    ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>['container']['getById']>
  > => (await getContainerRuntimeClient()).container.getById(container.getId());
  const handle: StackPartHandle = {
    part,
    pid: undefined,
    stop: async () => {
      const { State: state } = await (await engine()).inspect();
      if (state.Running) await (await engine()).stop({ t: stopGraceSeconds });
    },
    kill: async (signal) => {
      const target = await engine();
      await target.kill({ signal });
      if (signal === 'SIGKILL')
        await target.wait({ condition: 'not-running', abortSignal: AbortSignal.timeout(killedDeadlineMs) });
    },
    restart: async () => {
      await handle.stop();
      await (await engine()).start();
      await waitForProbe(probe, { what: partTitles[part], deadlineMs: readyDeadlineMs });
    },
    freeze: async () => {
      await (await engine()).pause();
    },
    thaw: async () => {
      await (await engine()).unpause();
    },
  };
  return handle;
}

async function stopAll(started: readonly Started[], network: StartedNetwork): Promise<void> {
  const [users, storage] = [
    started.filter((entry) => entry.part !== 'postgres'),
    started.filter((entry) => entry.part === 'postgres'),
  ];
  for (const rank of [users, storage]) {
    await Promise.all(rank.map(async (entry) => await entry.container.stop({ timeout: stopGraceSeconds * 1000 })));
  }
  await network.stop();
}
