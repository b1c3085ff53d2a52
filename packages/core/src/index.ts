export * from './classify.ts';
export * from './clock.ts';
export * from './errors.ts';
export * from './failpoint.ts';
export * from './ids.ts';
