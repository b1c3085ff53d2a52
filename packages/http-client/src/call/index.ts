export type { BreakerEvent } from './breakers.ts';
export * from './caller.ts';
export * from './happening.ts';
export type { Judgement, PlainAnswer } from './judge.ts';
export * from './limits.ts';
export * from './outbound-call.ts';
export * from './outcome.ts';
export * from './retry-after.ts';
export * from './retry-table.ts';
