export * from './delivery-database.ts';
