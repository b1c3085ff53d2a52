import { type DeliveryJob, jobKindNames, jobLimits, jobSeconds, pairStates } from '@trunkline/delivery';
import { z } from 'zod';

import { endpointId, instant, instantGiven, instantOrNull, timeOf } from './values.ts';

export const jobId = z
  .templateLiteral(['job_', z.string().regex(/^[0-9a-f]{32}$/)])
  .meta({ description: 'a job: `job_` and 32 hexadecimal digits' });

const kind = z
  .enum(jobKindNames)
  .describe(
    '`resend`: what is chosen, once more, also what was delivered; `recover`: what was given up, skipped or discarded; `replay-missing`: what the endpoint wants now and never took, tried or not; `backfill`: what it wants of the time before it was made; `discard`: gives up what waits',
  );
const states = z.array(z.enum(pairStates)).max(jobLimits.typesOrStates);
const types = z.array(z.string().max(200)).max(jobLimits.typesOrStates);

export const newJob = z
  .strictObject({
    kind,
    endpointId,
    since: instantGiven.optional().describe('accepted since then; `resend`, `recover` and `replay-missing` want it'),
    until: instantGiven.optional().describe('accepted until then; until now unless given'),
    types: types.optional().describe('only events of these types'),
    states: states
      .optional()
      .describe('of a `resend`: only what stands so at the endpoint; `untold` is what was never meant for it'),
    rate: z.int().min(1).max(jobLimits.fastest).default(jobLimits.rate).describe('messages a second, at most'),
    dryRun: z.boolean().default(false).describe('counts, and sends nothing; may be asked for a disabled endpoint, too'),
    note: z.string().max(jobLimits.noteCharacters).default('').describe('why; kept in the audit log'),
  })
  .meta({ id: 'NewJob' });

const counts = z.record(z.string(), z.int());

export const job = z
  .strictObject({
    jobId,
    kind,
    endpointId,
    dryRun: z.boolean(),
    query: z.strictObject({ since: instant, until: instant, types, states }),
    rate: z.int(),
    wanted: z.enum(['run', 'pause', 'cancel']),
    state: z
      .enum(['asked', 'running', 'held', 'awaiting', 'ended'])
      .describe(
        '`asked`: it is being counted; `held`: the endpoint takes nothing now, and `reason` says why; `awaiting`: all tasks are made, not all of them are over',
      ),
    ending: z
      .enum(['done', 'counted', 'cancelled', 'endpoint_deleted', 'failed'])
      .nullable()
      .describe('`counted`: of a dry run; null while it goes on'),
    reason: z.string().nullable(),
    total: z.int().describe('pairs that it is about, as they were counted'),
    done: z.int().describe('of these: a task was made, or they were discarded'),
    waiting: z.int().describe('of what is done: on the way to the endpoint'),
    delivered: z.int(),
    undelivered: z.int().describe('came to another end'),
    returned: z.int().describe('taken back when it was cancelled, as if nothing had been done'),
    chosen: counts.describe('`total` by reason: how each stood at the endpoint'),
    leftAlone: counts.describe('what it was looked at and is not about, by reason'),
    estimatedSeconds: z.int().describe('`total` at this rate; the endpoint may be slower'),
    storedSince: instantOrNull.describe('of the oldest message that is stored: nothing older can be sent'),
    requestedBy: z.string(),
    note: z.string(),
    createdAt: instant,
    countedAt: instantOrNull,
    finishedAt: instantOrNull,
  })
  .meta({ id: 'Job' });

export function jobDocument(of: DeliveryJob): z.input<typeof job> {
  const { query } = of;
  return {
    jobId: of.id,
    kind: of.kind,
    endpointId: of.endpointId,
    dryRun: of.isDryRun,
    query: {
      since: timeOf(query.sinceMs),
      until: timeOf(query.untilMs),
      types: [...query.types],
      states: [...query.states],
    },
    rate: of.rate,
    wanted: of.wanted,
    state: of.state,
    ending: of.ending ?? null,
    reason: of.reason ?? null,
    ...of.counts,
    chosen: of.chosen,
    leftAlone: of.leftAlone,
    estimatedSeconds: jobSeconds(of),
    storedSince: timeOf(of.storedSinceMs ?? null),
    requestedBy: of.actor,
    note: of.note,
    createdAt: timeOf(of.createdAtMs),
    countedAt: timeOf(of.countedAtMs ?? null),
    finishedAt: timeOf(of.finishedAtMs ?? null),
  };
}
