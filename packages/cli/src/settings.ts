import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { TrunklineError } from '@trunkline/core';
import { readSecretFiles } from '@trunkline/runtime/environment';
import { z } from 'zod';

/**
 * Where the parts of an installation are. Each setting comes from its flag, else from the environment, else from
 * `.trunkline/run.json`, which `npm start` writes. This is the one file of the CLI that reads the environment.
 */
const settingTable = {
  kafkaBrokers: {
    what: 'the Kafka brokers',
    flag: '--kafka-brokers <host:port,…>',
    variable: 'TRUNKLINE_KAFKA_BROKERS',
  },
  registryUrl: { what: 'the schema registry', flag: '--registry-url <url>', variable: 'TRUNKLINE_REGISTRY_URL' },
  databaseUrl: {
    what: 'the database of the services',
    flag: '--database-url <url>',
    variable: 'TRUNKLINE_DATABASE_URL',
    isSecret: true,
  },
  postgresAdminUrl: {
    what: 'the Postgres administrator',
    flag: '--postgres-admin-url <url>',
    variable: 'TRUNKLINE_POSTGRES_ADMIN_URL',
    isSecret: true,
  },
  ingressUrl: { what: 'the ingress', flag: '--ingress-url <url>', variable: 'TRUNKLINE_INGRESS_URL' },
  ingressOperatorUrl: {
    what: "the ingress's port for operators",
    flag: '--ingress-operator-url <url>',
    variable: 'TRUNKLINE_INGRESS_OPERATOR_URL',
  },
  consumerUrl: {
    what: 'the consumer services, their ports for operators',
    flag: '--consumer-url <url,…>',
    variable: 'TRUNKLINE_CONSUMER_URL',
  },
  redisUrl: {
    what: 'the Redis of the first filter',
    flag: '--redis-url <url>',
    variable: 'TRUNKLINE_REDIS_URL',
    isSecret: true,
  },
  zipkinUrl: { what: 'the trace store (Zipkin)', flag: '--zipkin-url <url>', variable: 'TRUNKLINE_ZIPKIN_URL' },
  jaegerUrl: { what: 'the trace store (Jaeger)', flag: '--jaeger-url <url>', variable: 'TRUNKLINE_JAEGER_URL' },
  sourcesFile: { what: 'the sources file', flag: '--sources-file <path>', variable: 'TRUNKLINE_SOURCES' },
  secretsFile: { what: 'the secrets file', flag: '--secrets-file <path>', variable: 'TRUNKLINE_SECRETS' },
  partitions: {
    what: 'the partitions of a catalogue topic',
    flag: '--partitions <n>',
    variable: 'TRUNKLINE_PARTITIONS',
  },
  replicationFactor: {
    what: 'the replicas of a topic',
    flag: '--replication-factor <n>',
    variable: 'TRUNKLINE_REPLICATION_FACTOR',
  },
  retryTiers: {
    what: 'the delays of the retry topics',
    flag: '--retry-tiers <10s,1m,…>',
    variable: 'TRUNKLINE_RETRY_TIERS',
  },
  namespace: {
    what: 'the prefix of topics, groups and subjects',
    flag: '--namespace <prefix>',
    variable: 'TRUNKLINE_NAMESPACE',
  },
} as const satisfies Record<string, SettingRow>;

interface SettingRow {
  readonly what: string;
  readonly flag: string;
  readonly variable: string;
  /** The value may also come by a file that the variable with `_FILE` after it names. */
  readonly isSecret?: true;
}

export type SettingName = keyof typeof settingTable;
export type SettingOrigin = 'flag' | 'environment' | 'run.json' | 'default';

export interface ResolvedSetting {
  readonly value: string;
  readonly origin: SettingOrigin;
}

/** The flags as commander names them. */
export type SettingFlags = Readonly<Partial<Record<SettingName, string>>>;

export interface Settings {
  /** The workspace or current directory: where relative paths of defaults start. */
  readonly root: string;
  readonly run: RunState | undefined;
  readonly environment: NodeJS.ProcessEnv;
  find(name: SettingName): ResolvedSetting | undefined;
  /** Throws `config_invalid` that names the setting and the ways to give it. */
  require(name: SettingName): string;
}

/** Of the embedded stack, which is one broker. */
const standardTopics = { partitions: 12, replicationFactor: 3 } as const;

/** What `npm start` writes about the run it holds. Unknown members are kept out, so that the file may grow. */
const runStateSchema = z.object({
  pid: z.number().int(),
  startedAt: z.union([z.string(), z.number()]),
  stack: z.object({
    kind: z.string(),
    endpoints: z.object({
      kafkaBrokers: z.union([z.string(), z.array(z.string())]),
      registryUrl: z.string(),
      postgresAdminUrl: z.string(),
      redisUrl: z.string().optional(),
      zipkinUrl: z.string().optional(),
    }),
  }),
  topics: z.object({ partitions: z.number().int(), replicationFactor: z.number().int() }).optional(),
  retryTiers: z.array(z.string()).optional(),
  namespace: z.string().default(''),
  databaseUrl: z.string(),
  kafkaLogin: z.record(z.string(), z.string()).default({}),
  ingressUrl: z.string(),
  services: z.array(z.object({ name: z.string(), pid: z.number().int(), healthUrl: z.string(), logFile: z.string() })),
  sourcesFile: z.string(),
  secretsFile: z.string(),
});

export type RunState = z.infer<typeof runStateSchema>;

export const settingNames: readonly SettingName[] = Object.keys(settingTable) as SettingName[]; // the table's own keys

export function settingRow(name: SettingName): SettingRow {
  return settingTable[name];
}

/** A secret of the environment, itself or by its file; blank counts as unset. Throws `config_invalid` about the file. */
export function secretOf(environment: NodeJS.ProcessEnv, variable: string): string | undefined {
  const { values, problems } = readSecretFiles([variable], environment);
  const [wrong] = problems;
  if (wrong !== undefined) throw new TrunklineError('config_invalid', `${wrong.variable} ${wrong.problem}`);
  return values[variable] ?? (environment[variable]?.trim() || undefined);
}

/** The environment of this process, handed down from main.ts. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

export function resolveSettings(input: {
  readonly flags: SettingFlags;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}): Settings {
  const root = findRoot(input.directory);
  const run = readRunState(root);
  const find = (name: SettingName): ResolvedSetting | undefined => {
    const flag = input.flags[name];
    if (flag !== undefined) return { value: flag, origin: 'flag' };
    const { variable, isSecret } = settingRow(name);
    const told = isSecret === true ? secretOf(input.environment, variable) : input.environment[variable];
    if (told !== undefined && told !== '') return { value: told, origin: 'environment' };
    const fromRun = run === undefined ? undefined : runValue(run, name);
    if (fromRun !== undefined && fromRun !== '') return { value: inRoot(root, name, fromRun), origin: 'run.json' };
    const standard = defaultOf(root, name);
    return standard === undefined ? undefined : { value: standard, origin: 'default' };
  };
  return {
    root,
    run,
    environment: input.environment,
    find,
    require(name) {
      const found = find(name);
      if (found !== undefined) return found.value;
      throw new TrunklineError('config_invalid', missingSetting(name));
    },
  };
}

/** A setting that is a whole number from 1; throws `config_invalid` with its name. */
export function requireCount(settings: Settings, name: SettingName): number {
  const text = settings.require(name);
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  const { flag, variable } = settingTable[name];
  throw new TrunklineError(
    'config_invalid',
    `${settingTable[name].what} must be a whole number from 1: ${flag.split(' ')[0]} or ${variable} is ${JSON.stringify(text)}`,
  );
}

/** One line: what is missing, and the ways to give it. */
export function missingSetting(name: SettingName): string {
  const { what, flag, variable } = settingTable[name];
  return `not known: ${what}; run \`npm start\`, or give ${flag.split(' ')[0]} or ${variable}`;
}

function runValue(run: RunState, name: SettingName): string | undefined {
  const { endpoints } = run.stack;
  switch (name) {
    case 'kafkaBrokers':
      return typeof endpoints.kafkaBrokers === 'string' ? endpoints.kafkaBrokers : endpoints.kafkaBrokers.join(',');
    case 'registryUrl':
    case 'postgresAdminUrl':
    case 'redisUrl':
    case 'zipkinUrl':
      return endpoints[name];
    case 'ingressOperatorUrl':
      return run.services.find(({ name }) => name === 'ingress')?.healthUrl;
    case 'consumerUrl':
      return run.services
        .filter(({ name }) => name !== 'ingress')
        .map(({ healthUrl }) => healthUrl)
        .join(',');
    case 'jaegerUrl':
      return undefined;
    case 'partitions':
    case 'replicationFactor':
      return run.topics === undefined ? undefined : String(run.topics[name]);
    case 'retryTiers':
      return run.retryTiers?.join(',');
    default:
      return run[name];
  }
}

/** Paths in run.json are relative to the workspace, whatever directory the command is typed in. */
function inRoot(root: string, name: SettingName, value: string): string {
  return name === 'sourcesFile' || name === 'secretsFile' ? path.resolve(root, value) : value;
}

function defaultOf(root: string, name: SettingName): string | undefined {
  if (name === 'namespace') return '';
  if (name === 'partitions' || name === 'replicationFactor') return String(standardTopics[name]);
  const file =
    name === 'sourcesFile' ? 'trunkline.yaml' : name === 'secretsFile' ? '.trunkline/secrets.env' : undefined;
  if (file === undefined) return undefined;
  const full = path.join(root, file);
  return existsSync(full) ? full : undefined;
}

/** The nearest directory upwards that holds an installation; else the directory itself. */
function findRoot(directory: string): string {
  for (let current = path.resolve(directory); ; current = path.dirname(current)) {
    if (existsSync(path.join(current, '.trunkline')) || existsSync(path.join(current, 'trunkline.yaml')))
      return current;
    if (path.dirname(current) === current) return path.resolve(directory);
  }
}

function readRunState(root: string): RunState | undefined {
  const file = path.join(root, '.trunkline', 'run.json');
  if (!existsSync(file)) return undefined;
  try {
    return runStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new TrunklineError(
      'config_invalid',
      `${file} cannot be read as the state of a run: stop it and run \`npm start\` again, or delete the file`,
      {
        cause: error,
      },
    );
  }
}
