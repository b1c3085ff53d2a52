import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { JobSource } from './seen-job.ts';

const lookEveryMs = 500;
/** A runner looks twice a second: after this nobody is there, or all are busy. */
const untakenMs = 10_000;
/** What is on its way so long without an outcome is being retried. */
const stillMs = 15_000;

export interface Followed<J> {
  readonly job: J;
  /** False: it was left before its end, by Ctrl-C or because the rest is being retried. */
  readonly isOver: boolean;
}

/** Shows how far a job is until it ends. It goes on whether somebody looks or not. */
export async function followJob<J>(source: JobSource<J>, id: string, context: CommandContext): Promise<Followed<J>> {
  const { output, signal } = context;
  const progress = output.progress(source.doing);
  let movedAtMs = performance.now();
  let before = '';
  const told = new Set<string>();
  const tellOnce = (text: string): void => {
    if (!told.has(text)) output.note(text);
    told.add(text);
  };
  try {
    return await withDatabase(context, source.schema, async (database) => {
      for (;;) {
        const job = await source.find(database, id);
        if (job === undefined) throw new TrunklineError('config_invalid', `there is no job ${id} any more`);
        const { phase, done, total, failed, reason, isTaken } = source.seen(job);
        const now = JSON.stringify([phase, done, total, failed]);
        if (now !== before) movedAtMs = performance.now();
        before = now;
        const stoodMs = performance.now() - movedAtMs;
        if (phase === 'ended') return { job, isOver: true };
        if (signal.aborted || (phase === 'awaiting' && stoodMs > stillMs)) return { job, isOver: false };
        if (phase !== 'asked') progress.update(done, total);
        if (reason !== undefined) tellOnce(reason);
        if (phase === 'asked' && isTaken !== true && stoodMs > untakenMs)
          tellOnce(`nobody has taken the job yet: ${source.untaken}`);
        await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    });
  } finally {
    progress.end();
  }
}
