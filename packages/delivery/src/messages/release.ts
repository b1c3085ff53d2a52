import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';
import { appendAudit, type Database, type Transaction } from '@trunkline/postgres';

import { channels } from '../channels.ts';
import { readEndpoints, tenantOfEndpoint } from '../endpoints/endpoint.ts';
import { type EndpointId, endpointUuid, shardOf } from '../ids.ts';

export interface Release {
  readonly endpointId: EndpointId;
  /** Undefined: every message that holds a key of the endpoint. */
  readonly eventId?: EventId | undefined;
  /** Whether it is tried again in its place, with a whole schedule; else it is given up, and those behind it go on. */
  readonly retry: boolean;
  readonly actor: string;
}

/** As `release`, for whoever names no tenant. */
export async function releaseHeld(
  database: Database,
  { signal, ...asked }: Release & { readonly signal?: AbortSignal },
): Promise<readonly EventId[] | undefined> {
  const tenant = await tenantOfEndpoint(database, asked.endpointId, signal);
  return tenant === undefined
    ? undefined
    : await database.transaction([tenant], (tx) => release(tx, asked), { signal });
}

/**
 * Decides about messages that hold their keys: those that were given up while `onExhausted` is `hold`. What waited behind them
 * has its whole age again. Returns which ones; undefined where the transaction's tenant has no such endpoint.
 */
export async function release(tx: Transaction, { actor, ...asked }: Release): Promise<readonly EventId[] | undefined> {
  const { endpointId, eventId, retry } = asked;
  const [known] = await readEndpoints(tx, [endpointId]);
  if (known === undefined || known.endpoint.state === 'deleted') return undefined;
  const released = await letGo(tx, asked);
  if (released.length > 0)
    await appendAudit(tx, {
      actor,
      tenant: known.endpoint.tenantId,
      action: 'endpoints release',
      target: eventId === undefined ? endpointId : `${eventId} ${endpointId}`,
      note: `${retry ? 'to be tried again' : 'given up'}: ${released.length}`,
    });
  return released;
}

/** The same without a word about who did it, of an endpoint that the transaction's tenant has. */
export async function letGo(
  tx: Transaction,
  { endpointId, eventId, retry }: Omit<Release, 'actor'>,
): Promise<readonly EventId[]> {
  const rows = await tx.query<{ readonly event_id: string }>(
    `WITH held AS (
       UPDATE ${tx.schema}.task SET due_at = now(), born_at = now(), counted = 0, released = NOT $3::boolean
       WHERE endpoint_id = $1::uuid AND order_key IS NOT NULL AND due_at = 'infinity'
         AND ($2::uuid IS NULL OR event_id = $2::uuid)
       RETURNING event_id, order_key
     ), behind AS (
       UPDATE ${tx.schema}.task t SET born_at = now() FROM held
       WHERE t.endpoint_id = $1::uuid AND t.order_key = held.order_key AND t.event_id <> held.event_id
     )
     SELECT event_id FROM held`,
    [endpointUuid(endpointId), eventId === undefined ? null : uuidOf(eventId), retry],
  );
  if (rows.length > 0) await tx.query('SELECT pg_notify($1, $2)', [channels.tasks, String(shardOf(endpointId))]);
  return rows.map((row) => eventIdOfUuid(row.event_id));
}
