import { fileURLToPath } from 'node:url';

import type { ServiceMigrations } from '@trunkline/postgres';

export const service: ServiceMigrations = {
  schema: 'notifications',
  directory: fileURLToPath(new URL('../../migrations/', import.meta.url)),
};

/** Whose connections senders use. */
export const connectionsService: ServiceMigrations = {
  schema: 'connections',
  directory: fileURLToPath(new URL('../../../connections/migrations/', import.meta.url)),
};
