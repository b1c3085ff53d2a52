export * from './archive.ts';
export * from './replay-delivery.ts';
export * from './replay-records.ts';
