import { changeJob, type DeliveryJob, isJobId, readJob, readJobs, tenantsWithEndpoints } from '@trunkline/delivery';
import type { Database } from '@trunkline/postgres';

import { renderDeliveryJob, stateText } from './render-delivery.ts';
import type { JobSource } from './seen-job.ts';

const most = 250;
const dayMs = 86_400_000;

/** Messages of endpoints. */
export const deliveryJobs: JobSource<DeliveryJob> = {
  schema: 'delivery',
  doing: 'sending',
  untaken: 'does services/delivery run, and does an older job of the endpoint (trunkline jobs list)?',
  async list(database, { all, signal }) {
    const tenants = await tenantsWithEndpoints(database, signal);
    const found = await database.transaction(
      tenants,
      (tx) => readJobs(tx, { endedWithinMs: all ? null : dayMs, limit: most }),
      { signal },
    );
    return found.map(({ job }) => job);
  },
  find: (database, id, signal) => inTenants(database, signal, (tx) => (isJobId(id) ? readJob(tx, id) : undefined)),
  change: (database, { id, ...asked }) =>
    inTenants(database, undefined, (tx) => (isJobId(id) ? changeJob(tx, { id, ...asked }) : undefined)),
  seen: (job) => ({
    ...job,
    of: job.endpointId,
    stateText: stateText(job),
    phase: job.state === 'held' ? 'running' : job.state,
    total: job.counts.total,
    done: job.isDryRun ? job.counts.total : job.counts.done - job.counts.waiting,
    failed: job.counts.undelivered,
    isTaken: undefined,
  }),
  show: async (job, { output }) => {
    output.result({ job }, () => renderDeliveryJob(job, output));
  },
};

async function inTenants<T>(
  database: Database,
  signal: AbortSignal | undefined,
  run: (tx: Parameters<Parameters<Database['transaction']>[1]>[0]) => T | Promise<T>,
): Promise<T> {
  const tenants = await tenantsWithEndpoints(database, signal);
  return await database.transaction(tenants, async (tx) => run(tx), { signal });
}
