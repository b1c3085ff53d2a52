export * from './ledger.ts';
export * from './load.ts';
export type * from './mutation.ts';
export * from './probe.ts';
export * from './random.ts';
export * from './service-process.ts';
