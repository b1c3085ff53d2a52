import { randomBytes, randomUUID } from 'node:crypto';
import type { BlockList } from 'node:net';

import { networkList } from '@trunkline/core';
import {
  createEventCodec,
  type EventCodec,
  type RecordOf,
  schemaTexts,
  type Topic,
  topicEntry,
  topics,
} from '@trunkline/events';
import {
  createKafkaConnection,
  createSchemaRegistry,
  createTopicAdmin,
  type IncomingRecord,
  type KafkaConnection,
  readRecords,
  topicPlan,
} from '@trunkline/kafka';
import { type ProviderDefinition, providerNamed, Secret } from '@trunkline/providers';
import {
  createHealth,
  createLogger,
  createMetrics,
  createProbeHandler,
  createRequestSpans,
  readEnvironment,
  type Service,
} from '@trunkline/runtime';
import type { ConfiguredSource, SourceCatalog } from '@trunkline/sources';

import { createApp, type IngressApp } from '../app.ts';
import { config as configSchema, type IngressConfig } from '../config.ts';

/** The part of the test stack that an ingress talks to. */
export interface Servers {
  readonly kafkaBrokers: string;
  readonly registryUrl: string;
}

/** A corner of the shared servers that belongs to one test file. */
export interface Corner {
  readonly servers: Servers;
  readonly namespace: string;
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
}

export const largestBodyBytes: number = 256 * 1024;
export const stripeSecret = `whsec_${randomBytes(24).toString('hex')}`;

/** Topics and schemas under a prefix of their own. */
export async function prepareCorner(servers: Servers): Promise<Corner> {
  const namespace = `t${randomUUID().slice(0, 8)}.`;
  const connection = createKafkaConnection({
    brokers: [servers.kafkaBrokers],
    clientId: 'test',
    namespace,
    log: () => undefined,
  });
  const admin = createTopicAdmin(connection);
  await admin.apply(topicPlan({ replicationFactor: 1, partitions: 2, largestBodyBytes, groups: [], retryTiers: [] }));
  await admin.close();
  const registry = createSchemaRegistry({ url: servers.registryUrl, namespace, timeoutMs: 30_000 });
  for (const topic of topics) {
    await registry.register(topicEntry(topic).subject, schemaTexts[topic], 'FULL_TRANSITIVE');
  }
  return {
    servers,
    namespace,
    connection,
    codec: await createEventCodec({ registry, topics, limits: { registryDeadlineMs: 60_000 } }),
  };
}

export interface Found<T extends Topic> {
  readonly record: RecordOf<T>;
  readonly raw: IncomingRecord;
}

/** Every record of the topic that belongs to the delivery, decoded. */
export async function recordsOf<T extends Topic>(
  corner: Corner,
  topic: T,
  deliveryId: string | null,
): Promise<Found<T>[]> {
  const found: Found<T>[] = [];
  for await (const raw of readRecords(corner.connection, {
    topic,
    limit: 10_000,
    signal: AbortSignal.timeout(60_000),
  })) {
    const record = await corner.codec.decode(topic, raw.value);
    if (JSON.stringify(record, replaceBytes).includes(deliveryId ?? '')) found.push({ record, raw });
  }
  return found;
}

function replaceBytes(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? undefined : value;
}

export interface RunningIngress {
  readonly url: string;
  readonly port: number;
  readonly app: IngressApp;
  readonly logLines: readonly string[];
  readonly readiness: () => ReturnType<ReturnType<typeof createHealth>['readiness']>;
  readonly fatal: readonly unknown[];
}

export interface IngressOptions {
  readonly corner: Corner;
  readonly env?: Readonly<Record<string, string>>;
  readonly sources?: readonly ConfiguredSource[];
  /** Instead of `sources`, for those that change. */
  readonly catalog?: () => SourceCatalog;
}

/** An ingress in this process, on a free port, with the real servers behind it. The caller stops `app`. */
export async function startIngress(options: IngressOptions): Promise<RunningIngress> {
  const logLines: string[] = [];
  const fatal: unknown[] = [];
  const health = createHealth();
  const service: Service = {
    name: 'ingress',
    version: '0.0.0',
    instance: 'test',
    logger: createLogger({
      name: 'ingress',
      version: '0',
      instance: 't',
      level: 'debug',
      write: (line) => logLines.push(line),
    }),
    health,
    operatorPages: { add: () => undefined },
    probeHandler: createProbeHandler(health),
    metrics: createMetrics({ name: 'ingress', version: 'test' }),
    startRequestSpan: createRequestSpans(undefined),
    clock: () => Date.now(),
    first: undefined,
    onFatal: (error) => fatal.push(error),
  };
  const catalog = catalogOf(options.sources ?? [stripeSource({}), genericSource({})]);
  const app = createApp(configOf(options), service, {
    catalog: options.catalog ?? (() => catalog),
    check: () => ({ ok: true }),
    summary: () => ({}),
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  try {
    await app.start(new AbortController().signal);
  } catch (error) {
    await app.stop(1_000);
    throw error;
  }
  health.enter('running');
  const port = app.port();
  return { url: `http://127.0.0.1:${port}`, port, app, logLines, fatal, readiness: () => health.readiness() };
}

function configOf({ corner, env = {} }: IngressOptions): IngressConfig {
  const reading = readEnvironment(configSchema, {
    TRUNKLINE_INGRESS_HOST: '127.0.0.1',
    TRUNKLINE_INGRESS_PORT: '0',
    TRUNKLINE_KAFKA_BROKERS: corner.servers.kafkaBrokers,
    TRUNKLINE_REGISTRY_URL: corner.servers.registryUrl,
    TRUNKLINE_NAMESPACE: corner.namespace,
    TRUNKLINE_SOURCES: 'none',
    TRUNKLINE_INSTALLATION_KEY: 'ab'.repeat(32),
    TRUNKLINE_INGRESS_DRAIN_MS: '50',
    TRUNKLINE_INGRESS_LARGEST_BODY_BYTES: String(largestBodyBytes),
    ...env,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.config;
}

export function catalogOf(sources: readonly ConfiguredSource[]): SourceCatalog {
  return {
    source: (id) => sources.find((source) => source.sourceId === id),
    all: () => sources,
    tenants: () => [...new Set(sources.map((source) => source.tenantId))],
  };
}

export interface SourceChanges {
  readonly sourceId?: string;
  readonly state?: ConfiguredSource['state'];
  readonly secrets?: readonly Secret[];
  readonly acceptDeadlineMs?: number;
  readonly bodyLimitBytes?: number;
  readonly allowAddresses?: readonly string[];
  readonly rate?: ConfiguredSource['rate'];
}

export function stripeSource(changes: SourceChanges): ConfiguredSource {
  return sourceOf(
    'stripe',
    { sourceId: 'src_stripe', account: 'acct_1', secrets: [new Secret(stripeSecret, { name: 'env:STRIPE' })] },
    { options: { modes: ['test', 'live'] }, ...changes },
  );
}

export const genericToken = `token_${randomBytes(24).toString('hex')}`;

export function genericSource(changes: SourceChanges): ConfiguredSource {
  return sourceOf(
    'generic',
    { sourceId: 'src_generic', secrets: [new Secret(genericToken)] },
    { options: { scheme: 'token', header: 'x-token' }, ...changes },
  );
}

interface SourceDefaults {
  readonly sourceId: string;
  readonly account?: string;
  readonly secrets: readonly Secret[];
}

export function sourceOf(
  name: string,
  defaults: SourceDefaults,
  changes: SourceChanges & { readonly options: unknown },
): ConfiguredSource {
  const provider = definitionOf(name);
  const { sourceId, secrets, account } = { ...defaults, ...changes };
  const tenantId = 'tnt_test';
  const options = provider.options.parse(changes.options);
  return {
    sourceId,
    tenantId,
    provider,
    settings: { sourceId, tenantId, secrets, options, ...(account === undefined ? {} : { account }) },
    state: changes.state ?? 'enabled',
    bodyLimitBytes: changes.bodyLimitBytes ?? largestBodyBytes,
    // The longest there is: that a busy Kafka is late is nothing that a test means unless it says so.
    acceptDeadlineMs: changes.acceptDeadlineMs ?? 30_000,
    ...(changes.allowAddresses === undefined ? {} : { allowedAddresses: networks(changes.allowAddresses) }),
    rate: changes.rate ?? { requests: 1_000, perMs: 1_000, burst: 5_000 },
  };
}

function networks(entries: readonly string[]): BlockList {
  const list = networkList(entries);
  if (list === undefined) throw new Error(`no networks: ${entries.join()}`);
  return list;
}

export function definitionOf(name: string): ProviderDefinition {
  const provider = providerNamed(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}
