import type { Transaction } from '@trunkline/postgres';

import { channels } from '../channels.ts';
import { type EndpointId, endpointUuid } from '../ids.ts';
import type { EndpointState } from './endpoint.ts';

/** Tells those who send, when the transaction commits, that the endpoint was made or changed. */
export async function tellRoute(tx: Transaction, endpointId: EndpointId): Promise<void> {
  await tx.query('SELECT pg_notify($1, $2)', [channels.routes, endpointUuid(endpointId)]);
}

/**
 * The same, of one whose row is there already: whoever missed the notice sees by the revision that something changed. To those
 * who send, an endpoint that is paused is one that is disabled.
 */
export async function touchRoute(tx: Transaction, endpointId: EndpointId, state: EndpointState): Promise<void> {
  await tx.query(
    `UPDATE ${tx.schema}.route SET state = $2, revision = revision + 1, changed_at = clock_timestamp()
     WHERE endpoint_id = $1::uuid`,
    [endpointUuid(endpointId), state === 'paused' ? 'disabled' : state],
  );
  await tellRoute(tx, endpointId);
}

/** There may be chains of the endpoint from now on. */
export async function markOrdered(tx: Transaction, endpointId: EndpointId): Promise<void> {
  await tx.query(`UPDATE ${tx.schema}.route SET ordered = true WHERE endpoint_id = $1::uuid AND NOT ordered`, [
    endpointUuid(endpointId),
  ]);
}
