export {
  type Alert,
  type AlertLook,
  type AlertWatch,
  type AlertWatchOptions,
  createAlertWatch,
} from './alerts/alert-watch.ts';
export { type AlertDesk, type AlertDeskConfig, createAlertDesk } from './alerts/alert-desk.ts';
export { alertLimits } from './alerts/limits.ts';
export { applyEvents, type Applicable, type ApplyOptions, type EffectOutcome } from './batch/apply.ts';
export { type ConsumerAppOptions, createConsumerApp, type WorkBeside } from './consumer-app.ts';
export { type ConsumerConfig, consumerConfig } from './consumer-config.ts';
export { entityOf } from './entity-of.ts';
export type { FirstFilter } from './first-filter/first-filter.ts';
export { type ConsumerGroup, type ConsumerGroupOptions, createConsumerGroup } from './group.ts';
export { parseTiers } from './failures/tiers.ts';
export { erasable, type ErasableHandler } from './erasure/erasable.ts';
export { type ClearEntities, erasureHandler, erasureOf } from './erasure/erasure-handler.ts';
export { personalTable, type PersonalTable } from './erasure/personal.ts';
export * from './groups.ts';
export * from './handler.ts';
export { type ConsumerLimits, defaultConsumerLimits, newestApplicableAgeMs } from './limits.ts';
export { createNotices, type Notice, noticeMaxAgeMs, type Notices } from './notices/notices.ts';
export { noticeHandler, noticeSubject } from './notices/notice-handler.ts';
export * from './offers.ts';
export type { ConsumerLog, ConsumerMetrics } from './ports.ts';
export * from './projection-handler.ts';
export * from './requests/requests.ts';
export type { TellsEvents } from './requests/tells-events.ts';
export * from './sequence.ts';
export { keyIdOf, type OnDead, type Ordering } from './strict/ordering.ts';
