export type { ProcessBatch } from '../batch/batch.ts';
export * from './describe-handler.ts';
export * from './describe-projection.ts';
export * from './records.ts';
export { createCrashWatch } from '../safety/crash-watch.ts';
export { type BatchHarness, openBatchHarness } from './batch-harness.ts';
export { shopRecord } from './test-group.ts';
