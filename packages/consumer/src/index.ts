export { applyEvents, type Applicable, type ApplyOptions, type EffectOutcome } from './apply.ts';
export { type ConsumerAppOptions, createConsumerApp } from './consumer-app.ts';
export { type ConsumerConfig, consumerConfig } from './consumer-config.ts';
export type { FirstFilter } from './first-filter.ts';
export { type ConsumerGroup, type ConsumerGroupOptions, createConsumerGroup } from './group.ts';
export * from './handler.ts';
export { type ConsumerLimits, defaultConsumerLimits, newestApplicableAgeMs } from './limits.ts';
export type { ConsumerLog, ConsumerMetrics } from './ports.ts';
