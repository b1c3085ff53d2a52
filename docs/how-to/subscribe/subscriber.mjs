/** Keeps the newest state of every payment: a subscriber of payments.payment.v1 on kafkajs, and nothing of ours. */
import { DatabaseSync } from 'node:sqlite';

import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';

const { KAFKA_BROKERS, REGISTRY_URL, GROUP, TOPIC = 'payments.payment.v1', STATE = 'payments.db' } = process.env;

const database = new DatabaseSync(STATE);
database.exec(`
  CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY, seen_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE IF NOT EXISTS state (
    entity TEXT, field TEXT, value TEXT, version TEXT NOT NULL, PRIMARY KEY (entity, field)
  );
  CREATE TABLE IF NOT EXISTS parked (
    topic TEXT, partition INTEGER, offset TEXT, reason TEXT, value BLOB, parked_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (topic, partition, offset)
  );
`);
const park = database.prepare(
  'INSERT OR IGNORE INTO parked (topic, partition, offset, reason, value) VALUES (?, ?, ?, ?, ?)',
);
const remember = database.prepare('INSERT OR IGNORE INTO seen (ce_id) VALUES (?)');
// The greater version wins. SQLite compares text as bytes; in Postgres add COLLATE "C".
const write = database.prepare(`
  INSERT INTO state (entity, field, value, version) VALUES (?, ?, ?, ?)
  ON CONFLICT (entity, field) DO UPDATE SET value = excluded.value, version = excluded.version
  WHERE excluded.version > state.version
`);

const registry = new SchemaRegistry({ host: REGISTRY_URL });
const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(','), connectionTimeout: 10_000, logLevel: logLevel.ERROR });
// The wait of an idle fetch, which is also what a stop has to wait for.
const consumer = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 500 });

// kafkajs ends the consumer for good at some errors and leaves the process alive: end it too, so that it is restarted.
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) process.exit(1);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

await consumer.connect();
// A new group reads what the topic still has, not only what comes from now on.
await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    const records = [];
    for (const message of batch.messages) records.push(await read(batch, message));
    for (const line of inTransaction(() => records.flatMap(apply))) console.log(JSON.stringify(line));
    // Said to Kafka only now, when the effect is durable. If it fails, the batch comes again, which ce_id makes harmless.
    const offset = String(BigInt(batch.lastOffset()) + 1n);
    await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }]);
  },
});

/** Lets the batch at hand finish. */
function stop() {
  consumer.disconnect().then(
    () => database.close(),
    () => process.exit(1),
  );
}

/** Headers and event; of what is not a record of ours, such as a tombstone or somebody's JSON, why not. */
async function read({ topic, partition }, { offset, headers = {}, value }) {
  const place = { topic, partition, offset, value };
  const missing = ['ce_id', 'ce_type', 'ce_subject'].find((name) => headers[name] === undefined);
  if (missing !== undefined) return { ...place, unreadable: `no header ${missing}` };
  if (value === null) return { ...place, unreadable: 'no value' };
  try {
    return { ...place, headers, event: await registry.decode(value) };
  } catch (error) {
    // A registry that does not answer says nothing about the record: the batch is tried again.
    if (error.name === 'ResponseError' && error.status !== 404) throw error;
    return { ...place, unreadable: error.message };
  }
}

/** Applies one record. Gives the line to print, or nothing for a record that was applied before or is parked. */
function apply({ topic, partition, offset, value, headers, event, unreadable }) {
  if (unreadable !== undefined) {
    // In the transaction that goes on behind it: not lost, and not in the way.
    park.run(topic, partition, offset, unreadable, value);
    console.error(`cannot read ${topic}/${partition}/${offset}: ${unreadable}; parked`);
    return [];
  }
  const ceId = headers.ce_id.toString();
  if (remember.run(ceId).changes === 0) return [];
  const { metadata } = event;
  const { tenantId, provider, account, entityKind, entityId, entityVersion } = metadata;
  const entity = JSON.stringify([tenantId, provider, account, entityKind, entityId]);
  let written = 0;
  // What an event does not state it does not know; null in what it states means cleared.
  for (const field of metadata.statedFields) {
    written += write.run(entity, field, JSON.stringify(event[field]), entityVersion).changes;
  }
  return {
    ceId,
    type: headers.ce_type.toString(),
    subject: headers.ce_subject.toString(),
    status: event.status,
    amount: event.amount,
    currency: event.currency,
    occurredAt: new Date(metadata.occurredAt).toISOString(),
    outcome: written > 0 ? 'applied' : 'stale',
  };
}

/** Rolled back when anything in it fails. */
function inTransaction(work) {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
