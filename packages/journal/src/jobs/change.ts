import { changeJobRow, type Database, type JobChange, type Transaction } from '@trunkline/postgres';

import { withTenants } from '../scope.ts';
import { jobLimits } from './limits.ts';

export interface ChangeJob<Id extends string = string> {
  readonly id: Id;
  readonly change: JobChange;
  readonly actor: string;
  readonly note?: string;
}

export interface JobAct {
  readonly actor: string;
  /** In the words of the command. */
  readonly action: string;
  readonly note?: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Changes what people want of a job of some table, with an entry in the audit: `changeJobRow` says the rest. */
export async function changeAudited<J, Id extends string>(
  database: Database,
  { id, change, actor, note = '' }: ChangeJob<Id>,
  {
    read,
    audit,
    ...row
  }: {
    readonly table: string;
    readonly uuid: string;
    readonly overSql: string;
    readonly read: (tx: Transaction, id: Id) => Promise<J | undefined>;
    /** Appended last. */
    readonly audit: (tx: Transaction, job: J, act: JobAct) => Promise<void>;
  },
): Promise<J | undefined> {
  return await withTenants(database, 'all', async (tx) => {
    const changed = await changeJobRow(tx, { ...row, id, change, fastest: jobLimits.fastest });
    const job = changed === undefined ? undefined : await read(tx, id);
    if (changed !== undefined && job !== undefined) await audit(tx, job, { actor, note, ...changed });
    return job;
  });
}
