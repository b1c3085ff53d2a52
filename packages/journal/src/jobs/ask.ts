import { randomUUID } from 'node:crypto';

import { appendAudit, checkedJobRate, type Database, type Transaction } from '@trunkline/postgres';

import type { LetterFilter } from '../letters/filter.ts';
import { noTenant } from '../rows.ts';
import { withTenants } from '../scope.ts';
import { changeAudited, type ChangeJob, type JobAct } from './change.ts';
import { type Job, readJob, type RedriveOptions } from './job.ts';
import { jobLimits } from './limits.ts';

export interface AskForRedrive {
  readonly group: string;
  readonly filter: LetterFilter;
  readonly options: RedriveOptions;
  /** Records a second. */
  readonly rate: number;
  readonly note: string;
  readonly actor: string;
}

/** Asks that letters be sent back; returns the id of the job. Which letters those are is settled when a runner takes it. */
export async function askForRedrive(database: Database, asked: AskForRedrive): Promise<string> {
  const { group, filter, options, rate, note, actor } = asked;
  const id = randomUUID();
  const tenant = filter.tenant ?? noTenant;
  const values = [
    id,
    tenant,
    group,
    JSON.stringify(filter),
    JSON.stringify(options),
    note,
    actor,
    checkedJobRate(rate, jobLimits.fastest),
  ];
  await withTenants(database, 'all', async (tx) => {
    await tx.query(askSql, values);
    const job = { id, tenant: filter.tenant, group };
    await auditJob(tx, job, { actor, action: 'dlq redrive', note, detail: { ...options, rate } });
  });
  return id;
}

/**
 * Pauses, resumes or cancels a job, or sets its rate, with an entry in the audit; what a runner does about it follows
 * within a second. Undefined where there is no such job. Throws `config_invalid` for one that is over.
 */
export async function changeJob(database: Database, asked: ChangeJob): Promise<Job | undefined> {
  const overSql = `state = 'ended' OR ending IS NOT NULL`;
  return await changeAudited(database, asked, {
    table: 'job',
    uuid: asked.id,
    overSql,
    read: readJob,
    audit: auditJob,
  });
}

export async function auditJob(
  tx: Transaction,
  job: Pick<Job, 'id' | 'tenant' | 'group'>,
  { actor, action, note = '', detail }: JobAct,
): Promise<void> {
  await appendAudit(tx, {
    actor,
    ...(job.tenant === undefined ? {} : { tenant: job.tenant }),
    action,
    target: `job ${job.id}`,
    note,
    detail: { group: job.group, ...detail },
  });
}

const askSql = `
INSERT INTO journal.job (job_id, kind, tenant_id, consumer_group, filter, options, note, actor, rate)
VALUES ($1::uuid, 'redrive', $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8)`;
