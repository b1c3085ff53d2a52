export * from './done-markers.ts';
export * from './redis-markers.ts';
export * from './redis-memory.ts';
