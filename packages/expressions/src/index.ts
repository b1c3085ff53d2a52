export * from './filter.ts';
export { functions, type FilterFunction } from './functions.ts';
export * from './limits.ts';
export { FilterError, type Place } from './problem.ts';
export { sharedSteps, type SharedSteps } from './run.ts';
export type { Schema } from './types.ts';
