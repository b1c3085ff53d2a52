import { type EventId, TrunklineError, uuidOf } from '@trunkline/core';
import { appendAudit, type Database, type Transaction } from '@trunkline/postgres';

import { channels } from '../channels.ts';
import { cures, type EndpointState } from '../endpoints/endpoint.ts';
import { type EndpointId, endpointIdOfUuid, endpointUuid, shardOf } from '../ids.ts';

export interface Resend {
  readonly eventId: EventId;
  /** Undefined: every endpoint that the event was meant for. */
  readonly endpointId?: EndpointId | undefined;
  readonly actor: string;
}

export type Resent =
  | { readonly kind: 'no_message' }
  /** Endpoints that it is sent to now: again, or for the first time. */
  | { readonly kind: 'resent'; readonly tenantId: string; readonly endpoints: readonly EndpointId[] };

/** As `resend`, for whoever names no tenant. */
export async function resendMessage(
  database: Database,
  { tenants, signal, ...asked }: Resend & { readonly tenants: readonly string[]; readonly signal?: AbortSignal },
): Promise<Resent> {
  return await database.transaction(tenants, (tx) => resend(tx, asked), { signal });
}

/**
 * Makes a message of the transaction's tenants due now, with a schedule of its own: also where it was delivered, where it
 * never matched, and where it waits. What ended goes beside every chain, whatever the order of the endpoint; what waits keeps
 * its place, and if it holds its key, or was given up a moment ago, it is tried again there. Receivers see the same webhook-id. Throws `config_invalid` where no endpoint may be sent to.
 */
export async function resend(tx: Transaction, { eventId, endpointId, actor }: Resend): Promise<Resent> {
  const uuid = uuidOf(eventId);
  const [message] = await tx.query<{
    readonly tenant_id: string;
    readonly accepted_at: string;
    readonly bytes: number;
  }>(
    `SELECT tenant_id, accepted_at::text AS accepted_at, octet_length(body) AS bytes FROM ${tx.schema}.message WHERE event_id = $1::uuid`,
    [uuid],
  );
  if (message === undefined) return { kind: 'no_message' };
  const chosen = await tx.query<{ readonly endpoint_id: string; readonly state: EndpointState }>(
    `SELECT e.endpoint_id, e.state FROM ${tx.schema}.endpoint e JOIN ${tx.schema}.message m ON m.event_id = $1::uuid
         WHERE e.tenant_id = m.tenant_id AND CASE WHEN $2::uuid IS NULL
           THEN m.verdicts ->> ('ep_' || replace(e.endpoint_id::text, '-', '')) IN ('matched', 'disabled') AND e.state <> 'deleted'
           ELSE e.endpoint_id = $2::uuid END`,
    [uuid, endpointId === undefined ? null : endpointUuid(endpointId)],
  );
  const refused = chosen.find(({ state }) => state !== 'enabled');
  if (refused !== undefined)
    throw invalid(
      `${endpointIdOfUuid(refused.endpoint_id)} is ${refused.state}: ${cures[refused.state]}, or name another endpoint`,
    );
  const endpoints = chosen.map((row) => endpointIdOfUuid(row.endpoint_id));
  if (endpoints.length === 0)
    throw invalid(
      endpointId === undefined
        ? 'it was meant for no endpoint: name one that is to have it'
        : `${message.tenant_id} has no endpoint ${endpointId}`,
    );
  for (const endpoint of endpoints) {
    await tx.query(
      // The numbers go on, so that each request of the pair has its own.
      `INSERT INTO ${tx.schema}.task (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, attempts, bytes, cause)
           SELECT $1::uuid, $2::uuid, $3, $4, $5::timestamptz, now(), now(), coalesce(max(a.no), 0), $6, 'resend'
           FROM ${tx.schema}.attempt a WHERE a.event_id = $2::uuid AND a.endpoint_id = $1::uuid
           ON CONFLICT (endpoint_id, event_id) DO UPDATE SET due_at = now(), released = false,
             counted = CASE WHEN isfinite(task.due_at) THEN task.counted ELSE 0 END,
             born_at = CASE WHEN isfinite(task.due_at) THEN task.born_at ELSE now() END`,
      [endpointUuid(endpoint), uuid, message.tenant_id, shardOf(endpoint), message.accepted_at, message.bytes],
    );
    await appendAudit(tx, {
      actor,
      tenant: message.tenant_id,
      action: 'resend',
      target: `${eventId} ${endpoint}`,
    });
  }
  await tx.query('SELECT pg_notify($1, $2)', [channels.tasks, endpoints.map(shardOf).join(',')]);
  return { kind: 'resent', tenantId: message.tenant_id, endpoints };
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
