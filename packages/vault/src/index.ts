export * from './key-list.ts';
export * from './rotate.ts';
export * from './vault.ts';
export * from './vault-key-table.ts';
