import { askForJob, changeJob, type DeliveryJob, readJob, readJobs } from '@trunkline/delivery';
import { defineRoute, Problem, readCursor, type Route, writeCursor } from '@trunkline/http-api';
import type { JobWish } from '@trunkline/postgres';
import { z } from 'zod';

import { job, jobDocument, jobId, newJob } from '../documents/job.ts';
import { microseconds, next, paging, uuid } from '../documents/values.ts';
import type { DeliveryParts } from '../parts.ts';

const path = z.strictObject({ jobId });

export const list: Route<DeliveryParts> = defineRoute({
  summary: 'Jobs, newest first, and how far each is',
  query: z.strictObject(paging),
  status: 200,
  answer: z.strictObject({ jobs: z.array(job), next }),
  problems: ['cursor_invalid'],
  async handle({ tx, query: { limit, cursor } }) {
    const after = cursor === undefined ? undefined : readCursor(cursor, ['jobs'], z.tuple([microseconds, uuid]));
    const found = await readJobs(tx, { after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      jobs: page.map(({ job: each }) => jobDocument(each)),
      next: last === undefined ? null : writeCursor(last.place, ['jobs']),
    };
  },
});

export const start: Route<DeliveryParts> = defineRoute({
  summary: 'Ask for bulk work on messages of an endpoint',
  description:
    'It is counted first, then done at its rate, each pair once, under the same webhook-id; a dry run is counted only. An endpoint that is disabled is refused.',
  body: newJob,
  status: 202,
  answer: job,
  problems: [],
  isNamed: true,
  async handle({ tx, caller: { actor }, body, clock }) {
    const { since, until, dryRun, ...asked } = body;
    const made = await askForJob(tx, { ...asked, sinceMs: since, untilMs: until, isDryRun: dryRun, actor }, { clock });
    if (made === undefined) throw new Problem('not_found', 'there is no such endpoint, or it is deleted');
    return jobDocument(made);
  },
});

export const read: Route<DeliveryParts> = defineRoute({
  summary: 'One job, and how far it is',
  path,
  status: 200,
  answer: job,
  problems: [],
  async handle({ tx, path: { jobId: id } }) {
    return jobDocument(required(await readJob(tx, id)));
  },
});

export const pause: Route<DeliveryParts> = wish('pause', {
  summary: 'Make no more tasks for now',
  description: 'What is made goes on: as much as ten seconds of the rate.',
});

export const resume: Route<DeliveryParts> = wish('run', { summary: 'Go on where it was paused' });

export const cancel: Route<DeliveryParts> = wish('cancel', {
  summary: 'End a job',
  description: 'What was made and not sent yet is taken back. A job that has made everything cannot be cancelled.',
});

/** What people want of a job that is not over. */
function wish(
  wanted: JobWish,
  words: { readonly summary: string; readonly description?: string },
): Route<DeliveryParts> {
  return defineRoute({
    ...words,
    path,
    status: 200,
    answer: job,
    problems: [],
    async handle({ tx, caller: { actor }, path: { jobId: id } }) {
      return jobDocument(required(await changeJob(tx, { id, change: { wanted }, actor })));
    },
  });
}

function required(found: DeliveryJob | undefined): DeliveryJob {
  if (found !== undefined) return found;
  throw new Problem('not_found', 'there is no such job');
}
