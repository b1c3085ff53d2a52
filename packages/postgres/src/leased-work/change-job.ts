import { TrunklineError } from '@trunkline/core';

import { identifier } from '../identifiers.ts';
import type { Transaction } from '../transaction.ts';

/** What people want of a job. */
export type JobWish = 'run' | 'pause' | 'cancel';

/** What may be changed of a job while it is not over; a rate is per second. */
export type JobChange = { readonly wanted: JobWish } | { readonly rate: number };

/** What was changed, in the words of the audit. */
export interface ChangedJob {
  readonly action: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

/**
 * Changes the row of a job, in a table of the transaction's schema with `job_id`, `wanted` and `rate`; whoever works on it
 * does something about it within a second. Undefined where there is none. Throws `config_invalid` for one that is over.
 */
export async function changeJobRow(
  tx: Transaction,
  {
    table = 'job',
    id,
    uuid,
    overSql,
    change,
    fastest,
  }: {
    /** `job` unless given. */
    readonly table?: string;
    /** As people name it. */
    readonly id: string;
    readonly uuid: string;
    /** SQL over the row: nothing of it can be changed any more. */
    readonly overSql: string;
    readonly change: JobChange;
    /** The largest rate. */
    readonly fastest: number;
  },
): Promise<ChangedJob | undefined> {
  const [found] = await tx.query<{ readonly over: boolean }>(
    `SELECT (${overSql}) OR wanted = 'cancel' AS over FROM ${tx.schema}.${identifier(table)} WHERE job_id = $1::uuid FOR UPDATE`,
    [uuid],
  );
  if (found === undefined) return undefined;
  if (found.over)
    throw new TrunklineError(
      'config_invalid',
      `job ${id} is over, or has done all that it was to do: nothing of it can be changed any more`,
    );
  const [column, value, action] =
    'rate' in change
      ? ['rate', checkedJobRate(change.rate, fastest), 'jobs rate']
      : ['wanted', change.wanted, `jobs ${actionOf[change.wanted]}`];
  await tx.query(`UPDATE ${tx.schema}.${identifier(table)} SET ${column} = $2 WHERE job_id = $1::uuid`, [uuid, value]);
  return { action, detail: { [column]: value } };
}

const actionOf: Readonly<Record<JobWish, string>> = { run: 'resume', pause: 'pause', cancel: 'cancel' };

/** Throws `config_invalid` for what is no rate. */
export function checkedJobRate(rate: number, fastest: number): number {
  if (Number.isInteger(rate) && rate >= 1 && rate <= fastest) return rate;
  throw new TrunklineError('config_invalid', `a job does 1 to ${fastest} a second, not ${rate}`);
}
