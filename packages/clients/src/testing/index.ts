export * from './describe-client.ts';
export * from './replies.ts';
export * from './against-sdk.ts';
export * from './smtp-server.ts';
