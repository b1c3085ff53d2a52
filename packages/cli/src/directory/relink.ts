import { appendAudit, type Database } from '@trunkline/postgres';
import { type Directory, phoneOfEnds } from '@trunkline/sources/directory';

export interface Relink {
  readonly directory: Directory;
  readonly tenant: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

export interface Relinked {
  readonly table: string;
  readonly rows: number;
  /** Had no phone, and have one now. */
  readonly linked: number;
  /** Had another one. */
  readonly moved: number;
}

/** What has a phone beside it, with the column of the number that forwarded it here. */
const tables: readonly LinkedTable[] = [
  { table: 'call', forwardedFrom: 'forwarded_from' },
  { table: 'message', forwardedFrom: 'NULL::text' },
];

interface LinkedTable {
  readonly table: 'call' | 'message';
  readonly forwardedFrom: string;
}

const pageRows = 1_000;

interface Row {
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly entity_id: string;
  readonly direction: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly forwardedFrom: string | null;
  readonly phone_id: string | null;
}

/**
 * Gives calls and messages the phone that their numbers are at now, a page and a transaction at a time, so that a run may
 * end anywhere and go on from the start. What no number leads to keeps what it has: its source may have led there.
 */
export async function relink(database: Database, options: Relink): Promise<readonly Relinked[]> {
  const done: Relinked[] = [];
  for (const each of tables) done.push(await relinkTable(database, each, options));
  return done;
}

async function relinkTable(
  database: Database,
  { table, forwardedFrom }: LinkedTable,
  options: Relink,
): Promise<Relinked> {
  const { directory, tenant, actor, dryRun, signal, onProgress } = options;
  let after: readonly string[] = ['', '', '', ''];
  let counted: Relinked = { table: `${database.schema}.${table}`, rows: 0, linked: 0, moved: 0 };
  for (;;) {
    signal.throwIfAborted();
    const page = await database.transaction(
      [tenant],
      async (tx) => {
        const rows = await tx.query<Row>(pageSql(tx.schema, table, forwardedFrom), [tenant, ...after, pageRows]);
        const changed = rows.flatMap((row) => {
          const phone = phoneOfEnds(directory, tenant, row);
          return phone === undefined || phone.id === row.phone_id ? [] : [{ row, phoneId: phone.id }];
        });
        if (!dryRun && changed.length > 0) {
          await tx.query(updateSql(tx.schema, table), [
            tenant,
            changed.map(({ row }) => row.provider),
            changed.map(({ row }) => row.account),
            changed.map(({ row }) => row.kind),
            changed.map(({ row }) => row.entity_id),
            changed.map(({ phoneId }) => phoneId),
          ]);
          const detail = { rows: changed.length };
          await appendAudit(tx, { actor, tenant, action: 'directory relink', target: counted.table, detail });
        }
        return { rows, changed };
      },
      { signal },
    );
    const linked = page.changed.filter(({ row }) => row.phone_id === null).length;
    counted = {
      table: counted.table,
      rows: counted.rows + page.rows.length,
      linked: counted.linked + linked,
      moved: counted.moved + page.changed.length - linked,
    };
    onProgress(page.rows.length);
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < pageRows) return counted;
    after = [last.provider, last.account, last.kind, last.entity_id];
  }
}

const pageSql = (schema: string, table: string, forwardedFrom: string): string => `
SELECT provider, account, kind, entity_id, direction, from_address AS "from", to_address AS "to",
  ${forwardedFrom} AS "forwardedFrom", phone_id
FROM ${schema}.${table} WHERE tenant_id = $1 AND (provider, account, kind, entity_id) > ($2, $3, $4, $5)
ORDER BY provider, account, kind, entity_id LIMIT $6`;

const updateSql = (schema: string, table: string): string => `
UPDATE ${schema}.${table} AS linked SET phone_id = given.phone
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS given (provider, account, kind, entity_id, phone)
WHERE linked.tenant_id = $1 AND (linked.provider, linked.account, linked.kind, linked.entity_id)
  = (given.provider, given.account, given.kind, given.entity_id)`;
