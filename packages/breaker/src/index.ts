export * from './breaker.ts';
export * from './consecutive-breaker.ts';
