export * from './limits.ts';
export * from './ports.ts';
export * from './relay.ts';
