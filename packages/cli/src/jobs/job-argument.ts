import { TrunklineError } from '@trunkline/core';
import { isJobId } from '@trunkline/delivery';
import { isReplayId } from '@trunkline/journal';
import { InvalidArgumentError } from 'commander';

import { deliveryJobs } from './delivery-jobs.ts';
import { journalJobs } from './journal-jobs.ts';
import { replayJobs } from './replay-jobs.ts';
import type { JobSource } from './seen-job.ts';

const redriveId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a job that sends dead letters back: its letters are what a list of letters can be narrowed down to. */
export function redriveArgument(text: string): string {
  if (redriveId.test(text)) return text;
  throw new InvalidArgumentError('Give the id of a job that sends letters back, as `trunkline jobs list` names it.');
}

/** Whose job an id is: those of messages begin with `job_`, replays with `rpl_`. Throws `config_invalid` for what is no id of a job. */
export function withSource<T>(id: string, use: <J>(source: JobSource<J>) => T): T {
  if (isJobId(id)) return use(deliveryJobs);
  if (isReplayId(id)) return use(replayJobs);
  if (redriveId.test(id)) return use(journalJobs);
  throw new TrunklineError('config_invalid', `${JSON.stringify(id)} is no id of a job: trunkline jobs list names them`);
}

export const noSuchJob = (id: string) =>
  ({
    exit: 'not_found',
    code: 'not_found',
    message: `there is no job ${id}`,
    fix: 'trunkline jobs list --all',
  }) as const;
