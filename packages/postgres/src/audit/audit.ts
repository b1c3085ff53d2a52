import { jsonText } from '../storable.ts';
import type { Transaction } from '../transaction.ts';

/** What somebody did by hand. */
export interface AuditEntry {
  /** Who: a person's name at the system they came from. */
  readonly actor: string;
  /** Whose it is; absent when it concerns the whole installation. */
  readonly tenant?: string;
  /** What was done, in the words of the command: `dlq discard`. */
  readonly action: string;
  /** To what: an id, never a payload. */
  readonly target: string;
  /** Why, in the actor's words. */
  readonly note?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Writes down what `tx` does, in the same transaction: neither stands without the other. Entries of one database are
 * written one after the other, so append last, just before the commit. Returns its number.
 */
export async function appendAudit(tx: Transaction, entry: AuditEntry): Promise<number> {
  const rows = await tx.query<{ readonly seq: string }>(appendSql, [
    entry.actor,
    entry.tenant ?? null,
    entry.action,
    entry.target,
    entry.note ?? '',
    jsonText(entry.detail ?? {}),
  ]);
  return Number(rows[0]?.seq);
}

/** One act on many things, with an entry for each of them, in their order and in one statement. Append last, as `appendAudit`. */
export async function appendAuditOfEach(
  tx: Transaction,
  act: Omit<AuditEntry, 'tenant' | 'target'>,
  concerned: readonly Pick<AuditEntry, 'tenant' | 'target'>[],
): Promise<void> {
  if (concerned.length === 0) return;
  await tx.query(appendEachSql, [
    act.actor,
    concerned.map(({ tenant }) => tenant ?? null),
    act.action,
    concerned.map(({ target }) => target),
    act.note ?? '',
    jsonText(act.detail ?? {}),
  ]);
}

const appendSql = `
INSERT INTO trunkline.audit (actor, tenant, action, target, note, detail) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
RETURNING seq`;

/** The trigger sees the rows that the same statement has put in before, so each is sealed over the one before it. */
const appendEachSql = `
INSERT INTO trunkline.audit (actor, tenant, action, target, note, detail)
SELECT $1, tenant, $3, target, $5, $6::jsonb
FROM unnest($2::text[], $4::text[]) WITH ORDINALITY AS concerned (tenant, target, place) ORDER BY place`;
