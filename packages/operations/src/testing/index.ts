export * from './archived-payments.ts';
export * from './http-server.ts';
export * from './records.ts';
export * from './spans.ts';
