export * from './call/index.ts';
export * from './dial/index.ts';
