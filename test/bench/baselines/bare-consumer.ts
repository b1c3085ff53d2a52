/**
 * The consumer one would write in an afternoon: KafkaJS eachBatch, Avro, and the same two statements per batch as the
 * payments service, in one transaction. No retries, no dead letters, no checks, no log, no trace. Or, to see what
 * reading alone costs, nothing at all per record.
 */
import { uuidOf, isDeliveryId, isEventId } from '@trunkline/core';
import { createEventCodec, type EventCodec, type RecordOf } from '@trunkline/events';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { Pool } from 'pg';

import { answerQuestions } from '../load/worker.ts';

export interface BareConsumerStart {
  readonly brokers: readonly string[];
  readonly wireTopic: string;
  readonly group: string;
  readonly registryUrl: string;
  readonly namespace: string;
  /** Undefined: do nothing with the records but count them. */
  readonly databaseUrl: string | undefined;
  readonly partitions: number;
  readonly batchRecords: number;
  /** Whether to note how long after it was sent each record was read. */
  readonly timed?: boolean;
}

export interface BareConsumerCount {
  readonly records: number;
  /** From the end of the first batch to the end of the last one, and what was read in it. */
  readonly seconds: number;
  readonly recordsInTime: number;
}

type Question = { readonly start: BareConsumerStart } | 'count' | 'latencies' | 'stop';
type Topic = 'payments.payment.v1';
type Payment = RecordOf<Topic>;

const progress = { records: 0, first: { at: 0, records: 0 }, lastAt: 0 };
let latenciesMs: number[] = [];
let stop: () => Promise<void> = () => Promise.resolve();

answerQuestions(async (question: Question) => {
  if (question === 'count') return counted();
  if (question === 'latencies') return takeLatencies();
  if (question === 'stop') return stop();
  return start(question.start);
});

function counted(): BareConsumerCount {
  const { records, first, lastAt } = progress;
  return { records, seconds: (lastAt - first.at) / 1_000, recordsInTime: records - first.records };
}

/** Those since the last time it was asked. */
function takeLatencies(): readonly number[] {
  const taken = latenciesMs;
  latenciesMs = [];
  return taken;
}

async function start(options: BareConsumerStart): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: 'bare-consumer',
    logLevel: kafkajs.logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId: options.group });
  const effect = options.databaseUrl === undefined ? undefined : await createEffect(options, options.databaseUrl);
  stop = async () => {
    await consumer.disconnect();
    await effect?.end();
  };
  await consumer.connect();
  await consumer.subscribe({ topic: options.wireTopic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: options.partitions,
    eachBatch: async (payload) => {
      const { batch } = payload;
      for (let begin = 0; begin < batch.messages.length; begin += options.batchRecords) {
        const messages = batch.messages.slice(begin, begin + options.batchRecords);
        await effect?.apply(messages, batch.partition);
        count(messages.length);
        if (options.timed === true)
          for (const { timestamp } of messages) latenciesMs.push(Date.now() - Number(timestamp));
        await payload.heartbeat();
      }
    },
  });
}

function count(records: number): void {
  const now = performance.now();
  if (progress.records === 0) progress.first = { at: now, records };
  progress.records += records;
  progress.lastAt = now;
}

interface Effect {
  apply(messages: readonly KafkaMessage[], partition: number): Promise<void>;
  end(): Promise<void>;
}

async function createEffect(options: BareConsumerStart, databaseUrl: string): Promise<Effect> {
  // Not before kafkajs is there as it comes: our package puts modules of its own into it.
  const { createSchemaRegistry } = await import('@trunkline/kafka');
  const registry = createSchemaRegistry({ url: options.registryUrl, namespace: options.namespace, timeoutMs: 10_000 });
  const codec = await createEventCodec({ registry, topics: ['payments.payment.v1'] });
  const pool = new Pool({ connectionString: databaseUrl, max: options.partitions });
  const apply = async (messages: readonly KafkaMessage[], partition: number): Promise<void> => {
    const payments = messages.map(({ value }) => decode(codec, value));
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('trunkline.tenants', $1, true)`, [
        [...new Set(payments.map(({ metadata }) => metadata.tenantId))].join(','),
      ]);
      const claimed = await client.query<{ event_id: string }>(claimSql, claimValues(payments, messages, partition));
      const fresh = new Set(claimed.rows.map((row) => row.event_id));
      const own = payments.filter(({ metadata }) => fresh.has(uuidOfEvent(metadata.eventId)));
      await client.query(
        upsertSql,
        columns.map(({ of }) => own.map((payment) => of(payment))),
      );
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };
  return { apply, end: () => pool.end() };
}

function decode(codec: EventCodec, value: Buffer | null): Payment {
  const payment = codec.decodeNow('payments.payment.v1', value);
  if (payment === undefined) throw new Error('a record of another schema');
  return payment;
}

function uuidOfEvent(id: string): string {
  if (!isEventId(id)) throw new Error('no event id');
  return uuidOf(id);
}

function uuidOfDelivery(id: string): string {
  if (!isDeliveryId(id)) throw new Error('no delivery id');
  return uuidOf(id);
}

const claimSql = `
INSERT INTO payments.inbox
  (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count, delivery_id)
SELECT unnest($1::uuid[]), unnest($2::text[]), 'applied', 'payments.payment.v1', $4::integer, unnest($3::bigint[]), 'main', 1, 0,
  unnest($5::uuid[])
ORDER BY 1
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id`;

function claimValues(payments: readonly Payment[], messages: readonly KafkaMessage[], partition: number): unknown[] {
  return [
    payments.map(({ metadata }) => uuidOfEvent(metadata.eventId)),
    payments.map(({ metadata }) => metadata.tenantId),
    messages.map(({ offset }) => offset),
    partition,
    payments.map(({ metadata }) => uuidOfDelivery(metadata.deliveryId)),
  ];
}

interface Column {
  readonly name: string;
  readonly select?: (texts: string) => string;
  readonly of: (payment: Payment) => string | null;
}

const text = (value: string | number | boolean | null): string | null => (value === null ? null : String(value));
const time = (name: string, of: Column['of']): Column => ({
  name,
  select: (texts) => `to_timestamp(${texts}::double precision / 1000)`,
  of,
});
const keyColumns: readonly Column[] = [
  { name: 'tenant_id', of: ({ metadata }) => metadata.tenantId },
  { name: 'provider', of: ({ metadata }) => metadata.provider },
  { name: 'account', of: ({ metadata }) => metadata.account },
  { name: 'kind', of: ({ metadata }) => metadata.entityKind },
  { name: 'entity_id', of: ({ metadata }) => metadata.entityId },
];
/** What the sample delivery states. */
const stateColumns: readonly Column[] = [
  { name: 'status', of: (payment) => payment.status },
  { name: 'provider_status', of: (payment) => payment.providerStatus },
  { name: 'amount', select: (texts) => `${texts}::bigint`, of: (payment) => text(payment.amount) },
  { name: 'amount_capturable', select: (texts) => `${texts}::bigint`, of: (payment) => text(payment.amountCapturable) },
  { name: 'amount_received', select: (texts) => `${texts}::bigint`, of: (payment) => text(payment.amountReceived) },
  { name: 'currency', of: (payment) => payment.currency },
  { name: 'customer_id', of: (payment) => payment.customerId },
  { name: 'payment_method_id', of: (payment) => payment.paymentMethodId },
  {
    name: 'payment_method_types',
    select: (texts) => `${texts}::text[]`,
    of: ({ paymentMethodTypes }) => (paymentMethodTypes === null ? null : `{${paymentMethodTypes.join(',')}}`),
  },
  { name: 'capture_method', of: (payment) => payment.captureMethod },
  { name: 'next_action_type', of: (payment) => payment.nextActionType },
  { name: 'failure_code', of: (payment) => payment.failureCode },
  { name: 'failure_reason', of: (payment) => payment.failureReason },
  { name: 'cancellation_reason', of: (payment) => payment.cancellationReason },
  { name: 'charge_id', of: (payment) => payment.chargeId },
  { name: 'statement_descriptor', of: (payment) => payment.statementDescriptor },
  { name: 'attributes_json', of: (payment) => payment.attributesJson },
  { name: 'livemode', select: (texts) => `${texts}::boolean`, of: (payment) => text(payment.livemode) },
  time('created_at', (payment) => text(payment.createdAt)),
  time('canceled_at', (payment) => text(payment.canceledAt)),
  { name: 'entity_version', of: ({ metadata }) => metadata.entityVersion },
];
const columns = [...keyColumns, ...stateColumns];
const names = columns.map(({ name }) => name).join(', ');
const upsertSql = `
INSERT INTO payments.payment AS t (${names})
SELECT ${columns.map(({ select = (texts) => texts }, index) => select(`unnest($${index + 1}::text[])`)).join(', ')}
ORDER BY ${keyColumns.map((_, index) => index + 1).join(', ')}
ON CONFLICT (${keyColumns.map(({ name }) => name).join(', ')}) DO UPDATE SET
  ${stateColumns.map(({ name }) => `${name} = excluded.${name}`).join(', ')}, updated_at = now()
WHERE excluded.entity_version > t.entity_version`;
