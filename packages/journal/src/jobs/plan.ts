import { TrunklineError } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { letterConditions, type LetterFilter } from '../letters/filter.ts';
import { letterLimits } from '../letters/limits.ts';
import type { LetterGroup } from '../letters/list.ts';
import { letterStateSql, letterTablesSql } from '../letters/state.ts';
import { Conditions } from '../read/conditions.ts';
import { withTenants, type TenantScope } from '../scope.ts';
import type { Job, RedriveOptions } from './job.ts';
import { jobLimits } from './limits.ts';

/** Why a letter that was asked for is not sent. */
export type SkipReason =
  | 'done_since'
  | 'discarded'
  | 'expired'
  | 'in_another_job'
  | 'on_its_way'
  /** The inbox may have forgotten its effect. */
  | 'too_old'
  /** Sent back as often as a letter may be. */
  | 'loop';

export interface RedrivePlan {
  readonly group: LetterGroup;
  readonly filter: LetterFilter;
  readonly options: RedriveOptions;
  /** Consumers refuse what was first appended longer ago. */
  readonly newestApplicableAgeMs: number;
  /** Letters that died later are not part of it. */
  readonly untilMs: number;
}

/** A line of a dry run. */
export interface PlannedCount {
  /** Undefined: these would be sent. */
  readonly reason: SkipReason | undefined;
  readonly tenant: string;
  readonly type: string | undefined;
  readonly letters: number;
}

/** What a redrive would take, by tenant and type. Nothing is changed. */
export async function countRedrive(
  database: Database,
  {
    scope,
    plan,
    signal,
  }: { readonly scope: TenantScope; readonly plan: RedrivePlan; readonly signal?: AbortSignal | undefined },
): Promise<readonly PlannedCount[]> {
  const chosen = chosenSql(plan);
  const sql = `WITH chosen AS (${chosen.sql}) SELECT reason, tenant_id AS tenant, type, count(*)::int AS letters FROM chosen
    GROUP BY reason, tenant_id, type ORDER BY letters DESC, tenant_id, type LIMIT ${letterLimits.buckets}`;
  type Row = Omit<PlannedCount, 'reason' | 'type'> & {
    readonly reason: SkipReason | null;
    readonly type: string | null;
  };
  const rows = await withTenants(database, scope, (tx) => tx.query<Row>(sql, chosen.values), { signal });
  return rows.map((row) => ({ ...row, reason: row.reason ?? undefined, type: row.type ?? undefined }));
}

/**
 * Freezes the plan of a job: its letters in the order in which their records were first appended, so that equal keys keep
 * their order, and before them the canary: firsts of keys, spread over tenants and types. Returns how many are to be sent.
 * Throws `config_invalid` where they are more than a job may have.
 */
export async function planRedrive(tx: Transaction, job: Pick<Job, 'id'>, plan: RedrivePlan): Promise<number> {
  const conditions = new Conditions();
  const id = conditions.name(job.id);
  const canary = conditions.name(plan.options.canary ? jobLimits.canaryLetters : 0);
  const chosen = chosenSql(plan, conditions);
  const inOrder = 'orig_topic, orig_part, orig_off';
  const rows = await tx.query<{ readonly queued: number }>(
    `WITH chosen AS MATERIALIZED (${chosen.sql}),
     head AS (
       SELECT DISTINCT ON (key) letter_id, tenant_id, type, ${inOrder} FROM chosen WHERE reason IS NULL ORDER BY key, ${inOrder}
     ),
     canary AS (
       SELECT letter_id FROM (
         SELECT letter_id, ${inOrder}, row_number() OVER (PARTITION BY tenant_id, type ORDER BY ${inOrder}) AS turn FROM head
       ) ranked ORDER BY turn, ${inOrder} LIMIT ${canary}::integer
     ),
     planned AS (
       INSERT INTO journal.job_letter
         (job_id, letter_id, dlt_off, dlt_part, place, bytes, is_canary, is_forced, state, reason, tenant_id)
       SELECT ${id}::uuid, letter_id, dlt_off, dlt_part, row_number() OVER (ORDER BY canary.letter_id IS NULL, ${inOrder}), bytes,
         canary.letter_id IS NOT NULL, is_too_old, CASE WHEN reason IS NULL THEN 'queued' ELSE 'skipped' END, reason, tenant_id
       FROM chosen LEFT JOIN canary USING (letter_id)
       RETURNING state
     )
     SELECT (count(*) FILTER (WHERE state = 'queued'))::int AS queued FROM planned`,
    chosen.values,
  );
  const queued = rows[0]?.queued ?? 0;
  if (queued > jobLimits.jobLetters)
    throw new TrunklineError(
      'config_invalid',
      `${queued} letters are more than one job may have (${jobLimits.jobLetters}): narrow the filter, by time for example`,
    );
  return queued;
}

/** Named letters whatever became of them; of a filter those that are open. */
function chosenSql(
  plan: RedrivePlan,
  before = new Conditions(),
): { readonly sql: string; readonly values: readonly unknown[] } {
  const { group, filter, options } = plan;
  const oldest = before.name(plan.newestApplicableAgeMs);
  const conditions = letterConditions(group.name, filter, before);
  conditions.add('letter.died_at <= ?::timestamptz', new Date(plan.untilMs).toISOString());
  if (filter.names === undefined) conditions.addText(`${letterStateSql} = 'open'`);
  const tooOld = `coalesce(letter.orig_at, letter.died_at) < now() - ${oldest} * interval '1 millisecond'`;
  const unlessForced = (sql: string): string => (options.force ? 'false' : sql);
  return {
    sql: `
    SELECT letter.letter_id, letter.tenant_id, type.name AS type, coalesce(letter.record_key, letter.letter_id::text) AS key,
      letter.orig_topic, letter.orig_part, letter.orig_off, letter.dlt_part, letter.dlt_off, letter.bytes, ${tooOld} AS is_too_old,
      CASE ${letterStateSql}
        WHEN 'applied' THEN 'done_since' WHEN 'stale' THEN 'done_since' WHEN 'discarded' THEN 'discarded'
        WHEN 'expired' THEN 'expired' WHEN 'queued' THEN 'in_another_job'
        ELSE CASE
          WHEN ${unlessForced(`${letterStateSql} = 'sent'`)} THEN 'on_its_way'
          WHEN ${unlessForced(tooOld)} THEN 'too_old'
          WHEN ${unlessForced(`letter.redrives >= ${jobLimits.redrives}`)} THEN 'loop'
        END
      END AS reason
    FROM ${letterTablesSql(group.schema)} WHERE ${conditions.sql}`,
    values: conditions.values,
  };
}
