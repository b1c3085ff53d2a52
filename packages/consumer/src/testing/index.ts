export * from './describe-handler.ts';
export * from './describe-projection.ts';
export * from './records.ts';
