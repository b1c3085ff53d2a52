import { randomUUID } from 'node:crypto';

import { jobLimits } from '@trunkline/delivery';
import { createDatabase, type JobRunner } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import type { DeliveryConfig } from '../config.ts';
import { createDeliveryJobRunner } from './runner.ts';

/** The runner of this process with connections of its own: a job that looks through a month is in nobody's way. */
export function createJobs(
  { postgres, leaseMs }: Pick<DeliveryConfig, 'postgres' | 'leaseMs'>,
  { name, log }: { readonly name: string; readonly log: Logger },
): JobRunner {
  const database = createDatabase({
    connectionString: postgres.url,
    schema: 'delivery',
    applicationName: 'trunkline-delivery-jobs',
    maxConnections: jobLimits.running,
    statementTimeoutMs: jobLimits.stepDeadlineMs,
    connectTimeoutMs: postgres.connectTimeoutMs,
    onEvent: ({ kind, ...fields }) => log.warn({ event: `database.${kind}`, ...fields }, 'database of jobs'),
  });
  const runner = createDeliveryJobRunner({ database, owner: `${name}/${randomUUID()}`, leaseMs, log });
  return {
    start: () => runner.start(),
    async stop(options) {
      await runner.stop(options);
      await database.close(options);
    },
  };
}
