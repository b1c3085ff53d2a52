import { systemClock } from '@trunkline/core';
import {
  askForJob,
  type DeliveryJob,
  disableEndpoint,
  enableEndpoint,
  type EndpointId,
  type JobId,
  listEndpoints,
  readJob,
} from '@trunkline/delivery';
import { until } from '@trunkline/installation';
import { judge } from '@trunkline/testkit';

import { type Delivering, openDelivering, readyDeadlineMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

const full: RowScale = { deliveries: 10_000, perSecond: 0, strikes: 2 };
const short: RowScale = { deliveries: 60, perSecond: 0, strikes: 2 };

const tenantId = 'tnt_test';
const crashPoints = ['delivery.in_job=kill@2', 'delivery.after_job_step=kill@4'] as const;
const deadlineMs = 60_000;
const fullDeadlineMs = 600_000;
/** Of a job; the next process waits for the end of the lease. */
const leaseMs = 2_000;
/** Messages a second: a few steps for each process. */
const rates = { full: 500, short: 25 } as const;

/** kill -9 in a step of a job and behind one, and the endpoint disabled while it runs: each message once, as many as the dry run said. */
export const interruptedJobs: FaultRow = {
  id: 'F31',
  title: 'a job that sends webhooks again killed twice, its endpoint disabled meanwhile',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'a job stands where the transaction of its tasks left it',
      file: 'services/delivery/src/jobs/step.ts',
      find: 'place: some.length < chosen.length ? placeOf(some) : placeOf(page),',
      replace: 'place: job.place,',
    },
    {
      undoes: 'a job makes nothing for an endpoint that is disabled',
      file: 'services/delivery/src/jobs/step.ts',
      find: "if (state !== 'enabled')",
      replace: "if (state === 'deleted')",
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const delivering = await openDelivering(run);
    const within = run.mutation === undefined && scale === full ? fullDeadlineMs : deadlineMs;
    try {
      const { operator } = delivering;
      await delivering.createEndpoints(1);
      await delivering.publish(scale.deliveries);
      const [known] = await listEndpoints(operator, { tenants: [tenantId] });
      const endpointId = known?.endpoint.endpointId;
      if (endpointId === undefined) throw new Error('the endpoint is gone');
      const start = (failpoints?: string) =>
        delivering.start('sender', {
          env: { TRUNKLINE_DELIVERY_LEASE_MS: String(leaseMs) },
          ...(failpoints === undefined ? {} : { failpoints }),
        });

      // What was delivered, once more: of every other kind a message that has arrived would not be chosen again anyway.
      const counting = await start();
      await counting.ready(readyDeadlineMs);
      await delivering.drained();
      delivering.taken.splice(0);
      const dry = await untilJob(delivering, await ask(delivering, { endpointId, rate: 1, isDryRun: true }), {
        within,
        is: ({ state }) => state === 'ended',
      });
      await counting.stop();
      run.onProgress(`the dry run counts ${dry.counts.total}`);

      const rate = scale === full ? rates.full : rates.short;
      const id = await ask(delivering, { endpointId, rate, isDryRun: false });
      for (const failpoints of crashPoints) {
        const process = await start(failpoints);
        await until(`it dies at ${failpoints}`, () => process.hasExited(), { deadlineMs: within });
        const exit = await process.exited;
        if (exit.signal !== 'SIGKILL') throw new Error(`it ended by itself; its log: ${process.logFile}`);
      }
      await disableEndpoint(operator, { endpointId, actor: 'faults', reason: 'meanwhile' });
      const last = await start();
      await last.ready(readyDeadlineMs);
      const held = await untilJob(delivering, id, {
        within,
        is: ({ state }) => state === 'held' || state === 'ended' || state === 'awaiting',
      });
      await enableEndpoint(operator, { endpointId, actor: 'faults' });
      const job = await untilJob(delivering, id, { within, is: ({ state }) => state === 'ended' });
      await last.stop();
      return reportOf(delivering, { dry, held, job, strikes: crashPoints.length });
    } finally {
      await delivering.close();
    }
  },
};

async function ask(
  { operator }: Delivering,
  given: { readonly endpointId: EndpointId; readonly rate: number; readonly isDryRun: boolean },
): Promise<JobId> {
  const asked = { kind: 'resend', sinceMs: 1, actor: 'faults', ...given } as const;
  const job = await operator.transaction([tenantId], (tx) => askForJob(tx, asked, { clock: systemClock }));
  if (job === undefined) throw new Error('the endpoint is gone');
  return job.id;
}

/** The job as soon as it is so; or as it is when that takes too long. */
async function untilJob(
  { operator }: Delivering,
  id: JobId,
  { within, is }: { readonly within: number; readonly is: (job: DeliveryJob) => boolean },
): Promise<DeliveryJob> {
  const read = async (): Promise<DeliveryJob> => {
    const job = await operator.transaction([tenantId], (tx) => readJob(tx, id));
    if (job === undefined) throw new Error('the job is gone');
    return job;
  };
  await until('the job is so far', async () => is(await read()) || undefined, {
    deadlineMs: within,
    everyMs: 100,
  }).catch(() => undefined);
  return await read();
}

function reportOf(
  { taken, ledger }: Delivering,
  seen: { readonly dry: DeliveryJob; readonly held: DeliveryJob; readonly job: DeliveryJob; readonly strikes: number },
): RowReport {
  const { dry, held, job, strikes } = seen;
  const distinct = [...new Set(taken)];
  return {
    // A request that was under way at a kill is made again; under another id, or of a message that was done with, it is not.
    judgement: judge(ledger.promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes,
    broken: [
      ...(held.state === 'held' ? [] : [`the job was ${held.state} while its endpoint was disabled, and not held`]),
      ...(job.ending === 'done' ? [] : [`the job ended ${job.ending ?? 'not at all'}`]),
      ...(job.counts.done === dry.counts.total
        ? []
        : [`the job did ${job.counts.done}, the dry run counted ${dry.counts.total}`]),
    ],
    figures: {
      'counted by the dry run': dry.counts.total,
      'done by the job': job.counts.done,
      'posted again under the same id': taken.length - distinct.length,
    },
  };
}
