export * from './address-guard.ts';
export type { TlsProfile } from './connector.ts';
export * from './dialler.ts';
export * from './limits.ts';
export * from './open-socket.ts';
export * from './outcome.ts';
export * from './resolve-name.ts';
