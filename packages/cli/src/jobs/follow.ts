import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';
import { findJob, type Job } from '@trunkline/journal';
import type { Database } from '@trunkline/postgres';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';

const lookEveryMs = 500;
/** A runner looks twice a second: after this nobody is there, or all are busy. */
const untakenMs = 10_000;
/** What is on its way so long without an outcome is being retried. */
const stillMs = 15_000;

export interface Followed {
  readonly job: Job;
  /** False: it was left before its end, by Ctrl-C or because the rest is being retried. */
  readonly isOver: boolean;
}

/** Shows how far a job is until it ends. It goes on whether somebody looks or not. */
export async function followJob(id: string, context: CommandContext): Promise<Followed> {
  const { output, signal } = context;
  const progress = output.progress('redriving');
  let movedAtMs = performance.now();
  let seen = '';
  const told = new Set<string>();
  const tellOnce = (text: string): void => {
    if (!told.has(text)) output.note(text);
    told.add(text);
  };
  try {
    return await withDatabase(context, 'journal', async (database) => {
      for (;;) {
        const job = await read(database, id);
        if (JSON.stringify([job.state, job.counts]) !== seen) movedAtMs = performance.now();
        seen = JSON.stringify([job.state, job.counts]);
        const stoodMs = performance.now() - movedAtMs;
        if (job.state === 'ended') return { job, isOver: true };
        if (signal.aborted || (job.state === 'awaiting' && stoodMs > stillMs)) return { job, isOver: false };
        if (job.state !== 'asked') progress.update(doneOf(job), job.counts.planned);
        if (job.reason !== undefined) tellOnce(job.reason);
        if (job.state === 'asked' && !job.isLeased && stoodMs > untakenMs)
          tellOnce(
            'nobody has taken the job yet: does services/journal run, and does an older job of the group (trunkline jobs list)?',
          );
        await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    });
  } finally {
    progress.end();
  }
}

async function read(database: Database, id: string): Promise<Job> {
  const job = await findJob(database, { scope: 'all', id });
  if (job === undefined) throw new TrunklineError('config_invalid', `there is no job ${id} any more`);
  return job;
}

/** Letters that nothing more is done about. */
export function doneOf({ counts: { planned, queued, sent } }: Job): number {
  return planned - queued - sent;
}
