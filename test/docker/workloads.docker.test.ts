/**
 * Every workload of the chart, started once as its render says in the image that the Dockerfile makes: its user, its read-only
 * root, its capabilities, memory, files and environment. The servers are the embedded ones, on this machine: what
 * names them is another than in the render, and so are the ports, since all share those of the host.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { schemas } from '@trunkline/consumer';
import {
  databaseUrlOf,
  freePorts,
  randomKey,
  randomNamespace,
  randomPasswords,
  randomVaultKey,
  until,
} from '@trunkline/installation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Container, containersOf, manifestsOf, type Workload, workloadsOf } from '../helm/manifests.ts';
import { startTestStack, type TestStack } from '../setup/test-stack.ts';
import { runArguments } from './pod.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

// A first build installs the dependencies twice.
const buildDeadlineMs = 1_800_000;
const stackDeadlineMs = 600_000;
const commandDeadlineMs = 60_000;
const readyDeadlineMs = 180_000;
const jobDeadlineMs = 300_000;
const stopDeadlineMs = 60_000;

const workloads = workloadsOf(manifestsOf('minimal'));
const services = workloads.filter(({ kind }) => kind === 'Deployment');

const problem = await engineProblem();

it('finds an engine on Linux', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

describeWhereItCanRun('a workload of the chart', () => {
  const id = randomBytes(4).toString('hex');
  const image = `trunkline:workloads-${id}`;
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-workloads-'));
  const database = `trunkline_workloads_${id}`;
  const namespace = randomNamespace();
  const passwords = randomPasswords(schemas);
  const keys: Readonly<Record<string, string>> = {
    'installation-key': randomKey(),
    'operator-token': randomKey(),
    'vault-key': randomVaultKey(),
  };
  const operatorUrls = new Map<string, string>();
  let ingressUrl = '';
  let stack: TestStack;

  const docker = async (args: readonly string[], timeout = commandDeadlineMs): Promise<string> =>
    (await run('docker', args, { timeout, maxBuffer: 64 * 1024 * 1024 })).stdout;

  const secretOf = (key: string): string => {
    const endpoints = stack.endpoints;
    const [, url, password] = /^database-(?:url-(.+)|password-(.+))$/.exec(key) ?? [];
    if (url === 'admin') return endpoints.postgresAdminUrl;
    if (url !== undefined) return databaseUrlOf({ endpoints, database, passwords }, url);
    const value = password === undefined ? { ...keys, 'redis-url': endpoints.redisUrl }[key] : passwords[password];
    if (value === undefined) throw new Error(`nobody knows the key ${key} of the Secret`);
    return value;
  };

  const containerName = (container: Container): string => `trunkline-${id}-${container.name}`;

  const argumentsOf = (
    { pod, component }: Workload,
    container: Container,
    environment: Readonly<Record<string, string>> = {},
  ): readonly string[] => {
    const { kafkaBrokers, registryUrl } = stack.endpoints;
    const needsNamespace = container.env.some(({ name }) => /KAFKA_BROKERS|REGISTRY_URL/.test(name));
    return runArguments(
      pod,
      { ...container, args: container.args.map((argument) => (argument === 'trunkline' ? database : argument)) },
      {
        image,
        secretOf,
        configFiles: {
          'trunkline.yaml': 'version: 1\ntenants: [{ id: tnt_test, name: Test, region: US }]\nsources: []\n',
        },
        environment: {
          TRUNKLINE_KAFKA_BROKERS: kafkaBrokers,
          TRUNKLINE_REGISTRY_URL: registryUrl,
          // There is one broker, and others wait for it.
          TRUNKLINE_REPLICATION_FACTOR: '1',
          TRUNKLINE_PARTITIONS: '3',
          ...environment,
        },
        added: needsNamespace ? { TRUNKLINE_NAMESPACE: namespace } : {},
        folder: join(folder, component),
      },
    );
  };

  /** Runs it to its end; rejects, with what it wrote, unless it ends with 0. */
  const runToEnd = async (
    workload: Workload,
    container: Container,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> =>
    docker(
      ['run', '--rm', `--name=${containerName(container)}`, ...argumentsOf(workload, container, environment)],
      jobDeadlineMs,
    );

  beforeAll(async () => {
    await docker(['build', '--network=host', `--tag=${image}`, root], buildDeadlineMs);
    stack = await startTestStack({ env: process.env });
  }, buildDeadlineMs + stackDeadlineMs);

  afterAll(async () => {
    const left = await docker(['ps', '--all', '--quiet', `--filter=name=trunkline-${id}-`]);
    if (left.trim() !== '') await docker(['rm', '--force', ...left.trim().split('\n')]);
    await docker(['image', 'rm', '--force', image]);
    await stack.stop();
    rmSync(folder, { recursive: true });
  }, stopDeadlineMs);

  it(
    'that provisions ends with 0, step by step, and when it is run again',
    async () => {
      const provision = workloads.find(({ component }) => component === 'provision');
      if (provision === undefined) throw new Error('the render has no job that provisions');

      for (const container of [...containersOf(provision), ...containersOf(provision)])
        await expect(runToEnd(provision, container), container.name).resolves.toBeDefined();
    },
    2 * jobDeadlineMs,
  );

  it.each(services.map((service) => [service.component, service] as const))(
    'that runs %s is ready, writes to /tmp and to nothing else',
    async (component, service) => {
      const [container] = service.pod.containers;
      if (container === undefined) throw new Error('a pod has a container');
      const [operators = 0, webhooks = 0, api = 0] = await freePorts(3);
      const ports = {
        TRUNKLINE_OPERATOR_PORT: String(operators),
        TRUNKLINE_INGRESS_PORT: String(webhooks),
        TRUNKLINE_DELIVERY_API_PORT: String(api),
      };
      const operatorUrl = `http://127.0.0.1:${operators}`;
      const name = containerName(container);
      await docker(['run', '--detach', `--name=${name}`, ...argumentsOf(service, container, ports)]);
      operatorUrls.set(component, operatorUrl);
      if (component === 'ingress') ingressUrl = `http://127.0.0.1:${webhooks}`;

      const ready = until(
        `${component} is ready`,
        async () => {
          const running = await docker(['inspect', '--format={{.State.Running}}', name]);
          if (running.trim() !== 'true') return 'ended';
          return (await statusOf(`${operatorUrl}${container.readinessProbe?.httpGet.path ?? ''}`)) === 200;
        },
        { deadlineMs: readyDeadlineMs, everyMs: 500 },
      ).catch(async (error: unknown) => {
        throw new Error(`its log ends with: ${(await docker(['logs', '--tail=20', name])).trim()}`, { cause: error });
      });

      expect(await ready, await docker(['logs', '--tail=20', name])).toBe(true);
      expect(await writes(name)).toEqual({
        '/tmp': 'ok',
        '/app': 'EROFS',
        '/': 'EROFS',
        '/etc/trunkline/secrets': 'EROFS',
      });
    },
    readyDeadlineMs + commandDeadlineMs,
  );

  it(
    'that looks at all the others finds them well',
    async () => {
      const doctor = workloads.find(({ component }) => component === 'doctor');
      const [container] = doctor?.pod.containers ?? [];
      if (doctor === undefined || container === undefined) throw new Error('the render has no doctor');
      const consumers = [...operatorUrls].flatMap(([component, url]) => (component === 'ingress' ? [] : [url]));

      const said = runToEnd(doctor, container, {
        TRUNKLINE_INGRESS_URL: ingressUrl,
        TRUNKLINE_INGRESS_OPERATOR_URL: operatorUrls.get('ingress') ?? '',
        TRUNKLINE_CONSUMER_URL: consumers.join(','),
      });

      await expect(said).resolves.toContain('Kafka');
    },
    jobDeadlineMs,
  );

  it(
    'ends by itself when it is asked to, in the time that its pod is given',
    async () => {
      for (const { component, pod } of services) {
        const name = `trunkline-${id}-${component}`;
        await docker(['stop', `--time=${pod.terminationGracePeriodSeconds}`, name], stopDeadlineMs);
        const code = await docker(['inspect', '--format={{.State.ExitCode}}', name]);

        expect(code.trim(), component).toBe('0');
      }
    },
    services.length * stopDeadlineMs,
  );

  /** What came of writing a file to each of these folders, in the container. */
  async function writes(name: string): Promise<unknown> {
    const script = `const { writeFileSync } = require('node:fs');
      const came = (folder) => { try { writeFileSync(folder + '/written', ''); return 'ok'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify(Object.fromEntries(process.argv.slice(1).map((folder) => [folder, came(folder)]))))`;
    return JSON.parse(
      await docker(['exec', name, 'node', '-e', script, '/tmp', '/app', '/', '/etc/trunkline/secrets']),
    );
  }
});

async function statusOf(url: string): Promise<number | undefined> {
  return await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => undefined,
  );
}

/** Why containers cannot be run in the network of this machine; undefined when they can. */
async function engineProblem(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'containers have the network of the machine on Linux only';
  return await run('docker', ['info'], { timeout: commandDeadlineMs }).then(
    () => undefined,
    () => 'no Docker engine',
  );
}
