import type { Transaction } from '../transaction.ts';

/** The end of the chain at some time: the number of an entry and its seal, which covers every entry up to it. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** Before the first entry. */
export const emptyAudit: AuditHead = { seq: 0, hash: '' };

export interface AuditPortion {
  readonly entries: number;
  /** The number of the first entry that was changed, put in, or stands where another was taken out. */
  readonly brokenAt?: number;
  /** Of the last entry looked at; where to go on. */
  readonly head: AuditHead;
}

/**
 * Works out the seals of the next `limit` entries behind `after`. What was cut off at the end leaves no trace in the table: keep
 * the head elsewhere, and ask `hasAuditHead` for it later.
 */
export async function checkAudit(
  tx: Transaction,
  { after, limit }: { readonly after: AuditHead; readonly limit: number },
): Promise<AuditPortion> {
  const [row] = await tx.query<{
    readonly entries: string;
    readonly broken: string | null;
    readonly last: string | null;
    readonly hash: string | null;
  }>(checkSql, [after.seq, after.hash, limit]);
  const head = { seq: Number(row?.last ?? after.seq), hash: row?.hash ?? after.hash };
  const brokenAt = row?.broken ?? null;
  return { entries: Number(row?.entries ?? 0), head, ...(brokenAt === null ? {} : { brokenAt: Number(brokenAt) }) };
}

/** Whether an entry with this number and this seal is there, as it was when the head was kept. */
export async function hasAuditHead(tx: Transaction, { seq, hash }: AuditHead): Promise<boolean> {
  const rows = await tx.query('SELECT FROM trunkline.audit WHERE seq = $1 AND hash = $2', [seq, hash]);
  return rows.length > 0;
}

const checkSql = `
SELECT count(*) AS entries, min(seq) FILTER (WHERE broken) AS broken, max(seq) AS last,
  (array_agg(hash ORDER BY seq DESC))[1] AS hash
FROM (
  SELECT seq, hash, hash <> trunkline.audit_hash(a) OR prev <> lag(hash, 1, $2::text) OVER ordered
    OR seq <> $1::bigint + row_number() OVER ordered AS broken
  FROM trunkline.audit a WHERE seq > $1::bigint WINDOW ordered AS (ORDER BY seq) ORDER BY seq LIMIT $3
) portion`;
