export * from './installation.ts';
export * from './kafka-users.ts';
export * from './ports.ts';
export * from './probe.ts';
export * from './provision.ts';
export * from './service-process.ts';
