import type { Transaction } from '../transaction.ts';
import type { AuditEntry } from './audit.ts';

/** An entry as it stands in the table. */
export interface AuditRow extends Required<Omit<AuditEntry, 'tenant'>> {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly at: Date;
  /** Null where it concerns the whole installation. */
  readonly tenant: string | null;
  /** The seal of the entry before; the empty text in entry 1. */
  readonly prev: string;
  /** The seal of this entry: the SHA-256 of its fields and of `prev`, in hex. */
  readonly hash: string;
}

/** Which entries; a filter that is absent lets all through. */
export interface AuditFilter {
  readonly tenant?: string;
  readonly actor?: string;
  readonly target?: string;
  /** Written at or after this instant, in epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Only entries with a smaller number: the page after the one that ended with it. */
  readonly before?: number;
  readonly limit: number;
}

/** At most `limit` entries, newest first. */
export async function listAudit(tx: Transaction, filter: AuditFilter): Promise<readonly AuditRow[]> {
  const { tenant, actor, target, sinceMs, before, limit } = filter;
  const rows = await tx.query<Omit<AuditRow, 'seq'> & { readonly seq: string }>(listSql, [
    before ?? null,
    tenant ?? null,
    actor ?? null,
    target ?? null,
    sinceMs === undefined ? null : new Date(sinceMs),
    limit,
  ]);
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

const listSql = `
SELECT seq, at, actor, tenant, action, target, note, detail, prev, hash FROM trunkline.audit
WHERE ($1::bigint IS NULL OR seq < $1) AND ($2::text IS NULL OR tenant = $2) AND ($3::text IS NULL OR actor = $3)
  AND ($4::text IS NULL OR target = $4) AND ($5::timestamptz IS NULL OR at >= $5)
ORDER BY seq DESC LIMIT $6`;
