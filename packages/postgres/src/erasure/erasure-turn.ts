import { arrayLiteral } from '../array-literal.ts';
import type { Transaction } from '../transaction.ts';

/** What an event or a request names: without an address the tenant alone. */
export interface NamedAddress {
  readonly tenantId: string;
  /** In hex. */
  readonly digest?: string;
}

/**
 * An event that names an address and a request to erase it may be written by two transactions at one time, neither of
 * which sees what the other wrote: then the person would stay. So whoever writes what people have in it takes a turn
 * beforehand. Events take theirs together; a request, and an event that names what is erased, wait for all the others of
 * their share of tenants and then see what those wrote.
 */
export async function takeErasureTurn(
  tx: Transaction,
  named: readonly NamedAddress[],
  { alone = false }: { readonly alone?: boolean } = {},
): Promise<void> {
  await tx.prepared(turnSql(tx.schema), [
    arrayLiteral(named.map(({ tenantId }) => tenantId)),
    arrayLiteral(named.map(({ digest = '' }) => digest)),
    alone,
  ]);
}

/** In the order of the shares, each once and in its strongest form: nobody waits for who waits for them. */
const turnSql = (schema: string): string => `
SELECT CASE WHEN alone THEN pg_advisory_xact_lock(hashtext('${schema}.erasure'), share)
  ELSE pg_advisory_xact_lock_shared(hashtext('${schema}.erasure'), share) END
FROM (
  SELECT hashtext(i.tenant_id) & 15 AS share, $3 OR bool_or(e.digest IS NOT NULL) AS alone
  FROM unnest($1::text[], $2::text[]) AS i (tenant_id, digest)
  LEFT JOIN ${schema}.erased_address e ON e.tenant_id = i.tenant_id AND e.digest = decode(i.digest, 'hex')
  GROUP BY share ORDER BY share
) AS shares`;
