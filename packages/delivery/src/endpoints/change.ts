import { appendAudit, type Database, type Transaction } from '@trunkline/postgres';
import { planRotation, type SigningKind } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { type EndpointId, endpointUuid } from '../ids.ts';
import { addSecret } from '../secrets.ts';
import { type EndpointState, type KnownEndpoint, readEndpoints, tenantOfEndpoint } from './endpoint.ts';
import { touchRoute } from './tell-route.ts';

export interface Change {
  readonly endpointId: EndpointId;
  readonly actor: string;
  readonly signal?: AbortSignal;
}

/** What was there before; undefined where there is no such endpoint, or it is deleted. */
export type Changed = KnownEndpoint | undefined;

/** Lets it be sent to again: what waits is sent, what it missed meanwhile is not. */
export function enableEndpoint(database: Database, change: Change): Promise<Changed> {
  return changeState(database, change, { state: 'enabled', action: 'endpoints enable', reason: '' });
}

/** Stops sending: what waits goes on waiting until it is too old, and new events are skipped. */
export function disableEndpoint(database: Database, change: Change & { readonly reason: string }): Promise<Changed> {
  return changeState(database, change, { state: 'disabled', action: 'endpoints disable', reason: change.reason });
}

/** For ever: its secrets are shredded at once, and what waits is discarded by whoever sends for it. */
export function deleteEndpoint(database: Database, change: Change): Promise<Changed> {
  return changeState(database, change, { state: 'deleted', action: 'endpoints delete', reason: '' });
}

/**
 * A new secret; those before it go on signing beside it for `overlapMs`. Throws `config_invalid` where too many would sign.
 */
export async function rotateSecret(
  database: Database,
  change: Change & {
    readonly kind?: SigningKind | undefined;
    readonly overlapMs?: number | undefined;
    readonly nowMs: number;
  },
  vault: Vault,
): Promise<{ readonly secret: string; readonly signsUntilMs: number } | undefined> {
  return await changing(database, change, async (tx, { endpoint, secrets }) => {
    const { nowMs, overlapMs, endpointId, actor } = change;
    const rotation = planRotation(secrets, { nowMs, overlapMs });
    await tx.query(
      `UPDATE ${tx.schema}.endpoint_secret SET signs_until = to_timestamp($2::double precision / 1000)
       WHERE endpoint_id = $1::uuid AND signs_until IS NULL`,
      [endpointUuid(endpointId), rotation.signsUntilMs],
    );
    const kind = change.kind ?? secrets[0]?.kind ?? 'hmac';
    const { tenantId } = endpoint;
    const secret = await addSecret(tx, vault, { endpointId, tenantId, generation: rotation.generation, kind });
    await touchRoute(tx, endpointId, endpoint.state);
    await appendAudit(tx, { actor, tenant: tenantId, action: 'endpoints rotate', target: endpointId });
    return { secret, signsUntilMs: rotation.signsUntilMs };
  });
}

async function changeState(
  database: Database,
  change: Change,
  to: { readonly state: EndpointState; readonly action: string; readonly reason: string },
): Promise<Changed> {
  return await changing(database, change, async (tx, known) => {
    const { endpointId, actor } = change;
    const uuid = endpointUuid(endpointId);
    await setState(tx, endpointId, to);
    if (to.state === 'deleted') {
      // Without its key a sealed secret opens for nobody, in no backup of the row either.
      await tx.query(
        `DELETE FROM ${tx.schema}.vault_key WHERE owner IN
           (SELECT secret_id FROM ${tx.schema}.endpoint_secret WHERE endpoint_id = $1::uuid)`,
        [uuid],
      );
      await tx.query(`DELETE FROM ${tx.schema}.endpoint_secret WHERE endpoint_id = $1::uuid`, [uuid]);
    }
    const { tenantId } = known.endpoint;
    await appendAudit(tx, { actor, tenant: tenantId, action: to.action, target: endpointId, note: to.reason });
    return known;
  });
}

/** The row of a state, and the notice of it. For whoever disables by itself, too. */
export async function setState(
  tx: Transaction,
  endpointId: EndpointId,
  { state, reason }: { readonly state: EndpointState; readonly reason: string },
): Promise<void> {
  await tx.query(
    `UPDATE ${tx.schema}.endpoint SET state = $2, state_reason = $3, state_since = clock_timestamp(), updated_at = clock_timestamp()
     WHERE endpoint_id = $1::uuid`,
    [endpointUuid(endpointId), state, reason],
  );
  await touchRoute(tx, endpointId, state);
}

/** Locks the endpoint, so that of two changes one comes after the other. */
async function changing<T>(
  database: Database,
  { endpointId, signal }: Change,
  change: (tx: Transaction, known: KnownEndpoint) => Promise<T>,
): Promise<T | undefined> {
  const tenant = await tenantOfEndpoint(database, endpointId, signal);
  if (tenant === undefined) return undefined;
  return await database.transaction(
    [tenant],
    async (tx) => {
      await tx.query(`SELECT FROM ${tx.schema}.endpoint WHERE endpoint_id = $1::uuid FOR UPDATE`, [
        endpointUuid(endpointId),
      ]);
      const [known] = await readEndpoints(tx, [endpointId]);
      return known === undefined || known.endpoint.state === 'deleted' ? undefined : await change(tx, known);
    },
    { signal },
  );
}
