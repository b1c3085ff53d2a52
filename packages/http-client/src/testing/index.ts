export * from './certificates.ts';
export * from './dns-server.ts';
export * from './hostile-urls.ts';
export * from './loopback.ts';
