export * from './memory-markers.ts';
export * from './own-redis.ts';
export * from './windows.ts';
