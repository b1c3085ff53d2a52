import { type Clock, TrunklineError } from '@trunkline/core';
import {
  appendAudit,
  changeJobRow,
  checkedJobRate,
  type JobChange,
  takeCountTurn,
  type Transaction,
} from '@trunkline/postgres';

import { cures, readEndpoints } from '../endpoints/endpoint.ts';
import { type EndpointId, endpointUuid, type JobId, jobUuid, newJobId } from '../ids.ts';
import { type DeliveryJob, readJob } from './job.ts';
import { type JobKind, jobKinds, type PairState } from './kinds.ts';
import { jobLimits } from './limits.ts';

export interface AskForJob {
  readonly kind: JobKind;
  readonly endpointId: EndpointId;
  readonly types?: readonly string[] | undefined;
  readonly states?: readonly PairState[] | undefined;
  /** Epoch milliseconds; from the first stored message until now unless given. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Counts, and does nothing. */
  readonly isDryRun?: boolean | undefined;
  /** Messages a second. */
  readonly rate?: number | undefined;
  readonly note?: string | undefined;
  readonly actor: string;
}

/**
 * Asks for bulk work, in a transaction of the endpoint's tenant; undefined where it has no such endpoint. Which messages it
 * is about is counted by whoever takes it. Throws `config_invalid` for what cannot be asked, naming the fix.
 */
export async function askForJob(
  tx: Transaction,
  asked: AskForJob,
  { clock }: { readonly clock: Clock },
): Promise<DeliveryJob | undefined> {
  const {
    kind,
    endpointId,
    types = [],
    states = [],
    isDryRun = false,
    rate = jobLimits.rate,
    note = '',
    actor,
  } = asked;
  const [known] = await readEndpoints(tx, [endpointId]);
  if (known === undefined || known.endpoint.state === 'deleted') return undefined;
  const { tenantId, state } = known.endpoint;
  const { does, needsSince } = jobKinds[kind];
  const nowMs = clock();
  const untilMs = Math.min(asked.untilMs ?? nowMs, nowMs);
  const sinceMs = asked.sinceMs ?? 0;
  if (needsSince && asked.sinceMs === undefined)
    throw invalid(`since when? ${kind} is about what was accepted since then`);
  if (sinceMs >= untilMs)
    throw invalid('its time ends before it begins: give a since that lies before until and before now');
  if (states.length > 0 && kind !== 'resend')
    throw invalid(
      `${kind} knows itself how a message has to stand at the endpoint: leave states out, or ask for a resend`,
    );
  if (Math.max(types.length, states.length) > jobLimits.typesOrStates)
    throw invalid(`name at most ${jobLimits.typesOrStates} types`);
  if (does === 'send' && !isDryRun && state !== 'enabled')
    throw invalid(`${endpointId} is ${state}: ${cures[state]} first, then ask again (a dry run may be asked for now)`);
  await forgetEnded(tx, tenantId);
  await checkOpen(tx, tenantId);
  const id = newJobId(nowMs);
  const uuid = jobUuid(id);
  await tx.query(
    `INSERT INTO ${tx.schema}.job (job_id, tenant_id, kind, endpoint_id, types, states, since, until, is_dry_run, note, actor, rate)
     VALUES ($1::uuid, $2, $3, $4::uuid, $5, $6, to_timestamp($7::float8 / 1000), to_timestamp($8::float8 / 1000), $9, $10, $11, $12)`,
    [
      uuid,
      tenantId,
      kind,
      endpointUuid(endpointId),
      types,
      states,
      sinceMs,
      untilMs,
      isDryRun,
      note.slice(0, jobLimits.noteCharacters),
      actor,
      checkedJobRate(rate, jobLimits.fastest),
    ],
  );
  await tx.query(
    `INSERT INTO ${tx.schema}.job_turn (job_id, tenant_id, endpoint_id, is_in_line) VALUES ($1::uuid, $2, $3::uuid, $4)`,
    [uuid, tenantId, endpointUuid(endpointId), !isDryRun],
  );
  const job = await readJob(tx, id);
  // A dry run changes nothing that anybody would want to look up.
  if (job !== undefined && !isDryRun)
    await auditJob(tx, {
      job,
      actor,
      action: 'jobs start',
      note,
      detail: { kind, rate, since: sinceMs, until: untilMs },
    });
  return job;
}

/** Of this tenant, by its next job: they are kept as long as what they were about. */
async function forgetEnded(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query(
    `DELETE FROM ${tx.schema}.job WHERE tenant_id = $1 AND finished_at < now() - make_interval(days => $2)`,
    [tenantId, jobLimits.keptDays],
  );
}

async function checkOpen(tx: Transaction, tenantId: string): Promise<void> {
  await takeCountTurn(tx, 'job', tenantId);
  const [counted] = await tx.query<{ readonly number: number }>(
    `SELECT count(*)::integer AS number FROM ${tx.schema}.job WHERE tenant_id = $1 AND state <> 'ended'`,
    [tenantId],
  );
  if ((counted?.number ?? 0) >= jobLimits.open)
    throw invalid(
      `${tenantId} has ${jobLimits.open} jobs that are not over, which is the most: await or cancel one first`,
    );
}

/**
 * Pauses, resumes or cancels a job, or sets its rate, in a transaction of its tenant; what is done about it follows within a
 * second. Undefined where there is no such job. Throws `config_invalid` for one that is over.
 */
export async function changeJob(
  tx: Transaction,
  {
    id,
    change,
    actor,
    note = '',
  }: { readonly id: JobId; readonly change: JobChange; readonly actor: string; readonly note?: string },
): Promise<DeliveryJob | undefined> {
  const overSql = `state IN ('awaiting', 'ended')`;
  const changed = await changeJobRow(tx, { id, uuid: jobUuid(id), overSql, change, fastest: jobLimits.fastest });
  const job = changed === undefined ? undefined : await readJob(tx, id);
  if (changed !== undefined && job !== undefined) await auditJob(tx, { job, actor, note, ...changed });
  return job;
}

/** Append last, as `appendAudit`. */
export async function auditJob(
  tx: Transaction,
  {
    job,
    actor,
    action,
    note = '',
    detail,
  }: {
    readonly job: Pick<DeliveryJob, 'id' | 'tenantId' | 'endpointId'>;
    readonly actor: string;
    readonly action: string;
    readonly note?: string;
    readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  },
): Promise<void> {
  await appendAudit(tx, {
    actor,
    tenant: job.tenantId,
    action,
    target: job.id,
    note,
    detail: { endpoint: job.endpointId, ...detail },
  });
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
