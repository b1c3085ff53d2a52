import type { JobWish, Transaction } from '@trunkline/postgres';

/** What every job has in its row, whatever it is about: what people want of it, and how far it is. */
export interface JobHead<State extends string, Ending extends string> {
  readonly note: string;
  readonly actor: string;
  readonly wanted: JobWish;
  /** What is done in a second. */
  readonly rate: number;
  readonly state: State;
  readonly ending: Ending | undefined;
  /** Why it stands still, or why it ended so. */
  readonly reason: string | undefined;
  readonly createdAtMs: number;
  readonly plannedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** The end of the phase it is in, where that has one. */
  readonly dueAtMs: number | undefined;
}

export interface HeadRow<State extends string, Ending extends string> {
  readonly note: string;
  readonly actor: string;
  readonly wanted: JobWish;
  readonly rate: number;
  readonly state: State;
  readonly ending: Ending | null;
  readonly reason: string | null;
  readonly created_at_ms: string;
  readonly planned_at_ms: string | null;
  readonly finished_at_ms: string | null;
  readonly due_at_ms: string | null;
}

/** The columns of a `HeadRow`, of a table of jobs. */
export function headSql(table: string): string {
  const columns = ['note', 'actor', 'wanted', 'rate', 'state', 'ending', 'reason'].map((name) => `${table}.${name}`);
  const times = ['created_at', 'planned_at', 'finished_at', 'due_at'].map((name) => msSql(table, name));
  return [...columns, ...times].join(', ');
}

/** A time as epoch milliseconds in text: the driver reads no 64 bits as a number. */
export function msSql(table: string, column: string): string {
  return `(extract(epoch FROM ${table}.${column}) * 1000)::bigint::text AS ${column}_ms`;
}

/** Somebody works on it. */
export function isLeasedSql(table: string): string {
  return `coalesce(${table}.lease_until > clock_timestamp(), false) AS is_leased`;
}

/** The end of its phase has passed. */
export function isDueSql(table: string): string {
  return `coalesce(${table}.due_at < clock_timestamp(), false) AS is_due`;
}

export function headOf<State extends string, Ending extends string>(
  row: HeadRow<State, Ending>,
): JobHead<State, Ending> {
  return {
    note: row.note,
    actor: row.actor,
    wanted: row.wanted,
    rate: row.rate,
    state: row.state,
    ending: row.ending ?? undefined,
    reason: row.reason ?? undefined,
    createdAtMs: Number(row.created_at_ms),
    plannedAtMs: timeOf(row.planned_at_ms),
    finishedAtMs: timeOf(row.finished_at_ms),
    dueAtMs: timeOf(row.due_at_ms),
  };
}

function timeOf(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

/** What of a job changes in a step; what is left out stays. */
export interface JobStep<State extends string, Ending extends string> {
  readonly state?: State;
  readonly ending?: Ending;
  /** Null: none any more. */
  readonly reason?: string | null;
  /** From now; null: none. */
  readonly dueInMs?: number | null;
  readonly isPlanned?: boolean;
}

/** Moves a job on, within a transaction that has it. */
export async function moveHead<State extends string, Ending extends string>(
  tx: Transaction,
  { table, uuid }: { readonly table: string; readonly uuid: string },
  step: JobStep<State, Ending>,
): Promise<void> {
  const { state, ending, reason, dueInMs, isPlanned = false } = step;
  await tx.query(
    `UPDATE journal.${table} SET state = coalesce($2, state), ending = coalesce($3, ending),
       reason = CASE WHEN $4 THEN $5 ELSE reason END,
       due_at = CASE WHEN $6 THEN clock_timestamp() + $7::float8 * interval '1 millisecond' ELSE due_at END,
       planned_at = CASE WHEN $8 THEN clock_timestamp() ELSE planned_at END,
       finished_at = CASE WHEN $2 = 'ended' THEN clock_timestamp() ELSE finished_at END
     WHERE job_id = $1::uuid`,
    [
      uuid,
      state ?? null,
      ending ?? null,
      reason !== undefined,
      reason ?? null,
      dueInMs !== undefined,
      dueInMs ?? null,
      isPlanned,
    ],
  );
}
