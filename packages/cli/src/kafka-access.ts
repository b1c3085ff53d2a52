import { TrunklineError } from '@trunkline/core';
import { createEventCodec, type EventCodec, topics } from '@trunkline/events';
import { createKafkaConnection, createSchemaRegistry, type KafkaConnection } from '@trunkline/kafka';

import type { CommandContext } from './context.ts';
import { serverSecurityOf } from './server-security.ts';

const registryTimeoutMs = 5_000;

/** A connection to the brokers of the settings. It connects with the first use. */
export function openKafka(context: CommandContext): KafkaConnection {
  const { settings } = context;
  const brokers = settings
    .require('kafkaBrokers')
    .split(',')
    .map((broker) => broker.trim());
  if (brokers.some((broker) => !/^[^\s:]+:\d+$|^\[[0-9a-fA-F:]+\]:\d+$/.test(broker))) {
    throw new TrunklineError('config_invalid', 'the Kafka brokers are not of the form host:port,host:port');
  }
  return createKafkaConnection({
    brokers,
    clientId: 'trunkline-cli',
    namespace: settings.require('namespace'),
    security: serverSecurityOf(settings).kafka,
    // The client tells of every try; a person is told once, by the error that ends the command.
    log: () => undefined,
  });
}

export function openRegistry(context: CommandContext): ReturnType<typeof createSchemaRegistry> {
  const { settings } = context;
  return createSchemaRegistry({
    url: settings.require('registryUrl'),
    ...serverSecurityOf(settings).registry,
    namespace: settings.require('namespace'),
    timeoutMs: registryTimeoutMs,
  });
}

/** No schema has this id, so every record is read through the schema that wrote it. */
const noSchemaId = -1;

/** A codec that only reads: a schema of this build that is not registered yet does not stop it. */
export async function openReadingCodec(context: CommandContext): Promise<EventCodec> {
  const registry = openRegistry(context);
  return await createEventCodec({
    registry: { idOf: () => Promise.resolve(noSchemaId), schemaOf: (id) => registry.schemaOf(id) },
    topics,
  });
}
