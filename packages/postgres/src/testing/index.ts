export * from './forget-at-power-loss.ts';
export * from './locks.ts';
export * from './test-database.ts';
export * from './migrations.ts';
