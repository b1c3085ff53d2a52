import type { Transaction } from '@trunkline/postgres';
import type { Sender } from '@trunkline/sources/senders';

import type { Carried } from './carry.ts';

/** What a provider refused of a connection, if it is that: not of the message. */
function refusalIn(carried: Carried): 'credentials' | 'permission' | undefined {
  if (carried.kind !== 'failed') return undefined;
  // By its code where the provider says it in its own words, as mail servers do.
  if (carried.httpStatus === 401 || carried.code === 'connection_unusable') return 'credentials';
  return carried.httpStatus === 403 ? 'permission' : undefined;
}

/** Leaves a refusal to the service of connections, which asks the provider whether the connection is still good. */
export async function noteRefusal(
  tx: Transaction,
  { sender, carried }: { readonly sender: Sender; readonly carried: Carried },
): Promise<void> {
  const what = refusalIn(carried);
  if (what === undefined || sender.accountOf === undefined) return;
  await tx.query(noteSql, [sender.accountOf, sender.tenant, what]);
}

// Nobody else's: an id belongs to one tenant.
const noteSql = `
INSERT INTO notifications.refused_connection AS known (connection_id, tenant_id, what, refused_at)
VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (connection_id) DO UPDATE SET what = excluded.what, refused_at = excluded.refused_at
WHERE known.tenant_id = excluded.tenant_id`;
