export * from './describe-handler.ts';
export * from './records.ts';
