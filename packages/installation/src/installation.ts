import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { type LoginPasswords, operatorLogin } from '@trunkline/postgres';
import { startCommand } from '@trunkline/runtime';

import { kafkaLoginEnvironment } from './kafka-users.ts';
import { freePorts } from './ports.ts';
import { databaseUrlOf, type InstallationEndpoints } from './provision.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

/** What the processes of one installation share. */
export interface Installation {
  readonly root: string;
  readonly endpoints: InstallationEndpoints & { readonly redisUrl?: string; readonly zipkinUrl?: string };
  readonly namespace: string;
  readonly database: string;
  /** Of the database's roles: each service's by its schema, and `operator`. */
  readonly passwords: LoginPasswords;
  readonly sourcesFile: string;
  /** Values of the `env:` references of the sources file, and the installation key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** A file of more of them, which the ingress follows. */
  readonly secretsFile?: string;
  /** Values of the `env:` references of connections. */
  readonly connectionSecrets?: Readonly<Record<string, string>>;
  /** What the vault's keys are: `TRUNKLINE_VAULT_KEY`, and what `TRUNKLINE_VAULT_KEYS` refers to. */
  readonly vaultKeys?: Readonly<Record<string, string>>;
  /** Values of the `env:` references of people and phones. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Values of the `env:` references of senders. */
  readonly senderSecrets?: Readonly<Record<string, string>>;
  readonly logDir: string;
  /** What the consumers retry on; the standard ones when absent. */
  readonly retryTiers?: readonly string[];
}

export interface StartServiceOptions {
  /** The folder below services/, unless `directory` is given. */
  readonly name: string;
  readonly directory?: string;
  /** Where it is asked: webhooks at the ingress, operators at every other; a free one when absent. */
  readonly port?: number;
  /** Of the ingress, where operators ask; a free one when absent. */
  readonly operatorPort?: number;
  /** Where its HTTP API is asked, if it has one; a free one when absent. */
  readonly apiPort?: number;
  readonly failpoints?: string;
  /** Arguments of Node itself, before those of the start command: a preload, a heap limit. */
  readonly nodeArguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Adds to the name of the log file. */
  readonly label?: string;
}

/** What Node has compiled stays here: without it half of a start is compiling what was compiled at the one before. */
const compileCache = 'node_modules/.cache/trunkline';

/** Starts one service of an installation as a process, as `npm start` and the tests do. */
export async function startService(installation: Installation, options: StartServiceOptions): Promise<ServiceProcess> {
  const { root, logDir } = installation;
  const [free = 0, another = 0, third = 0] = await freePorts(3);
  const port = options.port ?? free;
  const operatorPort = options.name === 'ingress' ? (options.operatorPort ?? another) : port;
  const directory = options.directory ?? join(root, 'services', options.name);
  const [program, ...args] = startCommand(directory);
  return startServiceProcess({
    name: options.name,
    command: [program, ...(options.nodeArguments ?? []), ...args],
    cwd: root,
    env: {
      ...inheritedEnvironment(),
      NODE_COMPILE_CACHE: join(root, compileCache),
      ...(options.name === 'ingress' ? { TRUNKLINE_INGRESS_HOST: '127.0.0.1' } : {}),
      ...installationEnvironment(installation, options.name),
      ...portEnvironment(options.name, { port, operatorPort, apiPort: options.apiPort ?? third }),
      ...(options.failpoints === undefined ? {} : { TRUNKLINE_FAILPOINTS: options.failpoints }),
      ...options.env,
    },
    port,
    operatorPort,
    logFile: join(logDir, `${options.name}${options.label === undefined ? '' : `-${options.label}`}.log`),
  });
}

/** What a service of the installation is told; to the database it comes as its own role. The command line is `operator`. */
export function installationEnvironment(installation: Installation, login: string): Readonly<Record<string, string>> {
  const { endpoints } = installation;
  const isConsumer = login in installation.passwords && login !== operatorLogin;
  return {
    TRUNKLINE_KAFKA_BROKERS: endpoints.kafkaBrokers,
    ...kafkaLoginEnvironment(endpoints.kafkaUsers, login),
    TRUNKLINE_REGISTRY_URL: endpoints.registryUrl,
    TRUNKLINE_NAMESPACE: installation.namespace,
    ...(login in installation.passwords ? { TRUNKLINE_DATABASE_URL: databaseUrlOf(installation, login) } : {}),
    // A consumer verifies nothing: it reads people and phones of the file, and is told no secret but
    // what digests are made with, and the one that sends what it sends with.
    ...(isConsumer
      ? { TRUNKLINE_SOURCES: installation.sourcesFile, ...installation.addresses, ...keyOf(installation) }
      : sourcesEnvironment(installation)),
    ...vaultEnvironment(installation, login),
    ...(login === 'notifications' ? installation.senderSecrets : {}),
    ...(installation.retryTiers === undefined ? {} : { TRUNKLINE_RETRY_TIERS: installation.retryTiers.join(',') }),
    ...(endpoints.redisUrl === undefined ? {} : { TRUNKLINE_REDIS_URL: endpoints.redisUrl }),
    ...(endpoints.zipkinUrl === undefined
      ? {}
      : { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${endpoints.zipkinUrl}/api/v2/spans` }),
  };
}

/** Who opens what is sealed, or seals, of what people set up by the command line; `notifications` opens what connections have. */
const vaultLogins: readonly string[] = ['delivery', 'notifications', operatorLogin];

function vaultEnvironment(
  { vaultKeys, connectionSecrets, secretsFile }: Installation,
  login: string,
): Readonly<Record<string, string>> {
  if (vaultLogins.includes(login)) return { ...vaultKeys };
  // Of what the sources file refers to it alone seals, and opens what is sealed.
  if (login !== 'connections') return {};
  return {
    ...vaultKeys,
    ...connectionSecrets,
    ...(secretsFile === undefined ? {} : { TRUNKLINE_SECRETS: secretsFile }),
  };
}

function keyOf({ secrets }: Installation): Readonly<Record<string, string>> {
  const key = secrets[installationKeyVariable];
  return key === undefined ? {} : { [installationKeyVariable]: key };
}

const installationKeyVariable = 'TRUNKLINE_INSTALLATION_KEY';

function sourcesEnvironment({ sourcesFile, secretsFile, secrets }: Installation): Readonly<Record<string, string>> {
  return {
    TRUNKLINE_SOURCES: sourcesFile,
    ...secrets,
    ...(secretsFile === undefined ? {} : { TRUNKLINE_SECRETS: secretsFile }),
  };
}

/** 32 random bytes as hex digits: an installation key, or a secret where the provider has no form of its own. */
export function randomKey(): string {
  return randomBytes(32).toString('hex');
}

/** 32 random bytes as base64: a key of the vault. */
export function randomVaultKey(): string {
  return randomBytes(32).toString('base64');
}

/** A service gets what a process needs to run, and nothing that happens to be set in the shell of whoever tests. */
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Where a service listens: what the ports of the installation mean to it. */
export function portEnvironment(
  name: string,
  ports: { readonly port: number; readonly operatorPort: number; readonly apiPort?: number },
): Readonly<Record<string, string>> {
  const { port, operatorPort, apiPort } = ports;
  return {
    ...(name === 'ingress' ? { TRUNKLINE_INGRESS_PORT: String(port) } : {}),
    ...(name === 'delivery' && apiPort !== undefined ? { TRUNKLINE_DELIVERY_API_PORT: String(apiPort) } : {}),
    TRUNKLINE_OPERATOR_PORT: String(operatorPort),
  };
}
