import type { Metadata } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import { type Directory, type Ends, type Phone, phoneOfEnds } from '@trunkline/sources/directory';

/** Whose phone a call of the same account is, by what is known of the call by now; else the source's. */
export async function phoneOfCall(
  tx: Transaction,
  directory: Directory,
  { metadata, callId }: { readonly metadata: Metadata; readonly callId: string | null },
): Promise<Phone | undefined> {
  const { tenantId, provider, account, sourceId } = metadata;
  const [call] = callId === null ? [] : await tx.query<Ends>(callSql(tx.schema), [tenantId, provider, account, callId]);
  const known = call === undefined ? undefined : phoneOfEnds(directory, tenantId, call);
  return known ?? directory.phoneOfSource(tenantId, sourceId);
}

const callSql = (schema: string): string => `
SELECT direction, from_address AS "from", to_address AS "to", forwarded_from AS "forwardedFrom" FROM ${schema}.call
WHERE tenant_id = $1 AND provider = $2 AND account = $3 AND kind = 'call' AND entity_id = $4`;
