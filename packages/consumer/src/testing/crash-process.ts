/**
 * A consumer process that dies of certain records, for crash.int.test.ts: the group `shop`, whose handler ends the
 * process when it sees the entity it was told. Everything it needs is in the JSON of its one variable.
 */
import { createEventCodec } from '@trunkline/events';
import { createKafkaConnection, createPublisher, createSchemaRegistry } from '@trunkline/kafka';
import { createDatabase } from '@trunkline/postgres';

import { createConsumerGroup } from '../group.ts';
import { createShopHandler, topic } from './test-group.ts';

/** Without a word: killed as by the kernel, aborted as V8 does out of memory, or by a library that calls exit. */
export type Death = 'kill' | 'abort' | 'exit';

export interface CrashSettings {
  readonly brokers: readonly string[];
  readonly namespace: string;
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly sessionTimeoutMs: number;
  readonly poisonEntity: string;
  readonly death: Death;
}

const deaths: Readonly<Record<Death, () => void>> = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  abort: () => process.abort(),
  exit: () => process.exit(7),
};

// Written by the test with JSON.stringify of a CrashSettings.
const settings = JSON.parse(process.env['CRASH_SETTINGS'] ?? '{}') as CrashSettings;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const kafka = createKafkaConnection({ ...settings, clientId: 'crash', log: () => undefined });
const registry = createSchemaRegistry({ ...settings, url: settings.registryUrl, timeoutMs: 30_000 });
const database = createDatabase({
  connectionString: settings.databaseUrl,
  schema: 'shop',
  applicationName: 'crash',
  maxConnections: 4,
  statementTimeoutMs: 5_000,
  connectTimeoutMs: 3_000,
});
const shop = createShopHandler();
shop.misbehave(settings.poisonEntity, () => deaths[settings.death]());
const publisher = await createPublisher(kafka);
const group = createConsumerGroup({
  group: 'shop',
  handlers: [shop.handler],
  kafka,
  codec: await createEventCodec({ registry, topics: [topic] }),
  publisher,
  database,
  retryTiers: ['1s'],
  limits: { sessionTimeoutMs: settings.sessionTimeoutMs },
  clock: () => Date.now(),
  log,
  metrics: { count: () => undefined, seconds: () => undefined },
  onFatal: () => process.exit(1),
});

/** In order, when the test closes the pipe or ends itself. */
async function stop(): Promise<void> {
  await group.stop({ deadlineMs: 3_000 });
  await publisher.close({ deadlineMs: 1_000 });
  await database.close({ deadlineMs: 1_000 });
  process.exit(0);
}

process.stdin.on('end', () => {
  stop().catch(() => process.exit(1));
});
process.stdin.resume();
await group.start(AbortSignal.timeout(60_000));
