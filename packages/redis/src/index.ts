export * from './done-markers.ts';
export * from './local-rates.ts';
export * from './redis-markers.ts';
export * from './redis-memory.ts';
export * from './redis-rates.ts';
