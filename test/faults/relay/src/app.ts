import type { ConsumerConfig } from '@trunkline/consumer';
import { createKafkaConnection, createPublisher } from '@trunkline/kafka';
import { createDatabase } from '@trunkline/postgres';
import { createRelay } from '@trunkline/relay';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';

/** Small batches, so that a run crosses its crash points many times. */
const batchRecords = 50;

/** The relay of the tally's outbox and nothing beside it: a consumer would take seconds to join its group after each kill. */
export function createApp(config: ConsumerConfig, service: Service): App {
  const { logger, metrics } = service;
  const lifecycle = createLifecycle(logger);
  return {
    async start() {
      const database = createDatabase({
        connectionString: config.postgres.url,
        schema: 'tally',
        applicationName: 'trunkline-relay',
        maxConnections: config.postgres.maxConnections,
        statementTimeoutMs: config.postgres.statementTimeoutMs,
        connectTimeoutMs: config.postgres.connectTimeoutMs,
      });
      lifecycle.onStop('database', (deadlineMs) => database.close({ deadlineMs }));
      const kafka = createKafkaConnection({
        brokers: config.kafka.brokers,
        clientId: 'trunkline-relay',
        namespace: config.namespace,
        log: (level, message, fields) => logger[level](fields, message),
      });
      const publisher = await createPublisher(kafka);
      lifecycle.onStop('publisher', (deadlineMs) => publisher.close({ deadlineMs }));
      const limits = { relayBatchRecords: batchRecords };
      const relay = createRelay({ database, publisher, log: logger, metrics, limits });
      lifecycle.onStop('relay', (deadlineMs) => relay.stop({ deadlineMs }));
      relay.start();
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}
