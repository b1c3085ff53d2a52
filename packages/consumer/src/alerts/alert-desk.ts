import { type Backoff, classify, untilAnswers } from '@trunkline/core';
import { createEventCodec } from '@trunkline/events';
import { createKafkaConnection, createPublisher, createSchemaRegistry } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';
import { createRelay } from '@trunkline/relay';
import { createLifecycle, type KafkaAccess, type RegistryAccess, type Service } from '@trunkline/runtime';

import { addressEnvironment } from '../consumer-config.ts';
import { openDirectory } from '../open-directory.ts';
import { type AlertLook, createAlertWatch } from './alert-watch.ts';

export interface AlertDeskConfig {
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  readonly namespace: string;
  /** Where the operators are; without it nobody is told. */
  readonly sourcesFile: string | undefined;
}

export interface AlertDeskOptions {
  readonly config: AlertDeskConfig;
  /** Of the service: its alerts and its outbox. */
  readonly database: Database;
  readonly find: AlertLook;
}

/** Tells operators of a service that is no consumer group: what such a group has for it anyway, opened for this alone. */
export interface AlertDesk {
  /** Resolves when the operators are read. Kafka and the registry are waited for meanwhile: the service works without them. */
  start(): Promise<void>;
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const registryTimeoutMs = 3_000;
const awayBackoff: Backoff = { firstMs: 250, lastMs: 5_000 };

export function createAlertDesk({ config, database, find }: AlertDeskOptions, service: Service): AlertDesk {
  const { logger, clock, metrics } = service;
  const lifecycle = createLifecycle(logger);
  const stopping = new AbortController();
  const { signal } = stopping;
  let opening: Promise<void> | undefined;

  async function open(): Promise<void> {
    const people = await openDirectory({ file: config.sourcesFile, environment: addressEnvironment() }, service);
    lifecycle.onStop('directory', () => people.close());
    opening = openRest(people.directory).catch((thrown: unknown) => {
      if (signal.aborted) return;
      const { code, message } = classify(thrown);
      logger.error({ event: 'alerts', code, reason: message }, 'operators are told nothing');
    });
  }

  async function openRest(directory: Parameters<typeof createAlertWatch>[0]['directory']): Promise<void> {
    const { namespace } = config;
    const registry = createSchemaRegistry({ ...config.registry, namespace, timeoutMs: registryTimeoutMs });
    const codec = await untilAnswers(() => createEventCodec({ registry, topics: ['notifications.request.v1'] }), {
      backoff: awayBackoff,
      signal,
      onAway: ({ message }) => logger.warn({ event: 'registry_away', reason: message }, 'not there yet; trying again'),
    });
    const kafka = createKafkaConnection({
      ...config.kafka,
      clientId: `trunkline-${service.name}-alerts`,
      namespace,
      log: (level, message, fields) => logger[level](fields, message),
    });
    const publisher = await createPublisher(kafka);
    lifecycle.onStop('publisher of alerts', (deadlineMs) => publisher.close({ deadlineMs }));
    const relay = createRelay({ database, publisher, log: logger, metrics });
    lifecycle.onStop('relay', (deadlineMs) => relay.stop({ deadlineMs }));
    const watch = createAlertWatch({
      database,
      find,
      codec,
      directory,
      clock,
      log: logger,
      onAsked: () => relay.nudge(),
    });
    lifecycle.onStop('alerts', () => watch.stop());
    relay.start();
    watch.start();
  }

  return {
    start: open,
    async stop({ deadlineMs }) {
      stopping.abort();
      await opening;
      await lifecycle.stop(deadlineMs);
    },
  };
}
