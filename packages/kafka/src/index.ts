export * from './admin/acls.ts';
export * from './admin/admin.ts';
export * from './admin/check-topics.ts';
export {
  createKafkaConnection,
  type KafkaConnection,
  type KafkaConnectionOptions,
  type KafkaLog,
  type KafkaLogin,
  type KafkaSecurity,
  type LogLevel,
} from './kafkajs/connection.ts';
export type * from './ports.ts';
export {
  createPublisher,
  type PublisherEvent,
  type PublisherLimits,
  type PublisherOptions,
} from './publish/publisher.ts';
export { recordBytes } from './publish/batcher.ts';
export { createItemPump, createPump } from './pump/create-pump.ts';
export { keptRecord } from './pump/incoming.ts';
export type { ItemPumpOptions, PumpEvent, PumpOptions } from './pump/pump-options.ts';
export * from './read/reader.ts';
export * from './registry.ts';
export * from './admin/topics.ts';
export * from './tracing.ts';
