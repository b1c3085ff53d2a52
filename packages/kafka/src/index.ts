export * from './admin.ts';
export {
  createKafkaConnection,
  type KafkaConnection,
  type KafkaConnectionOptions,
  type KafkaLog,
  type LogLevel,
} from './connection.ts';
export type * from './ports.ts';
export { createPublisher, type PublisherEvent, type PublisherLimits, type PublisherOptions } from './publisher.ts';
export { createPump } from './pump.ts';
export type { PumpEvent, PumpOptions } from './pump-options.ts';
export * from './reader.ts';
export * from './registry.ts';
export * from './topics.ts';
export * from './tracing.ts';
