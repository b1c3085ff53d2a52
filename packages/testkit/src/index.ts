export * from './deliveries.ts';
export type * from './fault.ts';
export * from './fault-proxy.ts';
export * from './ledger.ts';
export * from './load.ts';
export { type Mutation, type Undone, undoing } from './mutation.ts';
export * from './process-usage.ts';
export * from './random.ts';
export * from './test-installation.ts';
