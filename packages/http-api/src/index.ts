export * from './cursor.ts';
export * from './limits.ts';
export * from './openapi/document.ts';
export * from './problems.ts';
export * from './route.ts';
export * from './server/api-app.ts';
export * from './server/api-server.ts';
