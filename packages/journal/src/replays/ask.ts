import { randomUUID } from 'node:crypto';

import { appendAudit, checkedJobRate, type Database, type Transaction } from '@trunkline/postgres';

import { changeAudited, type ChangeJob, type JobAct } from '../jobs/change.ts';
import { jobLimits } from '../jobs/limits.ts';
import { withTenants } from '../scope.ts';
import { type ReplayId, replayIdOf, replayUuid } from './replay-id.ts';
import { readReplay, type Replay } from './replay.ts';

export type AskForReplay = Pick<
  Replay,
  'tenant' | 'source' | 'sinceMs' | 'untilMs' | 'verdicts' | 'correction' | 'all' | 'canary' | 'rate' | 'note' | 'actor'
>;

/**
 * Asks that deliveries of the archive be normalised again and what is new of them be published, with an entry in the audit.
 * Which deliveries those are is settled when a runner takes it.
 */
export async function askForReplay(database: Database, asked: AskForReplay): Promise<ReplayId> {
  const uuid = randomUUID();
  const id = replayIdOf(uuid);
  const { tenant, source, sinceMs, untilMs, verdicts, correction, all, canary, note, actor } = asked;
  const rate = checkedJobRate(asked.rate, jobLimits.fastest);
  await withTenants(database, 'all', async (tx) => {
    await tx.query(askSql, [
      uuid,
      tenant,
      source,
      sinceMs,
      untilMs,
      verdicts,
      correction,
      all,
      canary,
      note,
      actor,
      rate,
    ]);
    const detail = { since: sinceMs, until: untilMs, verdicts: verdicts.join(','), correction, all, canary, rate };
    await auditReplay(tx, { id, tenant, source }, { actor, action: 'replay', note, detail });
  });
  return id;
}

const askSql = `
INSERT INTO journal.replay
  (job_id, tenant_id, source, since, until, verdicts, correction, is_all, has_canary, note, actor, rate)
VALUES ($1::uuid, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6::text[], $7, $8, $9, $10, $11, $12)`;

/**
 * Pauses, resumes or cancels a replay, or sets its rate, with an entry in the audit; what a runner does about it follows
 * within a second. Undefined where there is no such replay. Throws `config_invalid` for one that is over.
 */
export async function changeReplay(database: Database, asked: ChangeJob<ReplayId>): Promise<Replay | undefined> {
  const row = { table: 'replay', uuid: replayUuid(asked.id), overSql: `state = 'ended'` };
  return await changeAudited(database, asked, { ...row, read: readReplay, audit: auditReplay });
}

/** Append last, as `appendAudit`. */
export async function auditReplay(
  tx: Transaction,
  { id, tenant, source }: Pick<Replay, 'id' | 'tenant' | 'source'>,
  { actor, action, note = '', detail }: JobAct,
): Promise<void> {
  await appendAudit(tx, { actor, tenant, action, target: id, note, detail: { source, ...detail } });
}
