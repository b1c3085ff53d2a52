export * from './client.ts';
export * from './jwt.ts';
export * from './operation.ts';
export * from './reading.ts';
export * from './writing.ts';
export * from './mail.ts';
export * from './secret.ts';
