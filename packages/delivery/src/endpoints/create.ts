import { type Clock, TrunklineError } from '@trunkline/core';
import type { AddressGuard } from '@trunkline/http-client/address-guard';
import { appendAudit, type Database, takeCountTurn, type Transaction } from '@trunkline/postgres';
import type { SigningKind } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { announceEndpoint } from '../announcements.ts';
import { type EndpointId, endpointUuid, newEndpointId, shardOf } from '../ids.ts';
import { endpointLimits } from '../limits.ts';
import { addSecret } from '../secrets.ts';
import { checkedSettings, defaultSettings, givenSettings, type SomeSettings } from './settings.ts';
import { tellRoute } from './tell-route.ts';

export interface NewEndpoint extends SomeSettings {
  readonly tenantId: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly signing?: SigningKind | undefined;
  readonly actor: string;
}

/** What was made, and its secret: the one time that it is shown. */
export interface CreatedEndpoint {
  readonly endpointId: EndpointId;
  readonly secret: string;
}

/** Throws `config_invalid` for what cannot be an endpoint, naming the part of it; or where the tenant has as many as it may. */
export async function createEndpoint(
  database: Database,
  given: NewEndpoint,
  { signal, ...parts }: { readonly vault: Vault; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<CreatedEndpoint> {
  return await database.transaction([given.tenantId], (tx) => addEndpoint(tx, given, parts), { signal });
}

/** The same in a transaction of its tenant; `guard` is that of the service, for whoever knows it. */
export async function addEndpoint(
  tx: Transaction,
  given: NewEndpoint,
  { vault, clock, guard }: { readonly vault: Vault; readonly clock: Clock; readonly guard?: AddressGuard },
): Promise<CreatedEndpoint> {
  const settings = { ...defaultSettings, url: given.url, types: given.types, ...givenSettings(given) };
  const row = checkedSettings(settings, guard);
  const endpointId = newEndpointId(clock());
  const { tenantId, actor } = given;
  await takeCountTurn(tx, 'endpoint', tenantId);
  const [counted] = await tx.query<{ readonly number: number }>(
    `SELECT count(*)::integer AS number FROM ${tx.schema}.endpoint WHERE tenant_id = $1 AND state <> 'deleted'`,
    [tenantId],
  );
  if ((counted?.number ?? 0) >= endpointLimits.perTenant)
    throw invalid(`${tenantId} has ${endpointLimits.perTenant} endpoints, which is the most: delete one first`);
  await tx.query(
    `INSERT INTO ${tx.schema}.endpoint (endpoint_id, tenant_id, url, description, types, format, schedule, timeout_ms,
       max_in_flight, ordering, on_exhausted, filter, state, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'enabled', $13)`,
    [
      endpointUuid(endpointId),
      tenantId,
      row.url,
      row.description,
      row.types,
      row.format,
      row.schedule,
      row.timeoutMs,
      row.maxInFlight,
      row.ordering,
      row.onExhausted,
      row.filter,
      actor,
    ],
  );
  const secret = await addSecret(tx, vault, { endpointId, tenantId, generation: 1, kind: given.signing ?? 'hmac' });
  await tx.query(
    `INSERT INTO ${tx.schema}.route (endpoint_id, tenant_id, shard, state, revision, ordered) VALUES ($1, $2, $3, 'enabled', 1, $4)`,
    [endpointUuid(endpointId), tenantId, shardOf(endpointId), row.ordering !== 'none'],
  );
  await tellRoute(tx, endpointId);
  await announceEndpoint(tx, endpointId, { type: 'delivery.endpoint.created', stated: { state: 'enabled' } });
  await appendAudit(tx, { actor, tenant: tenantId, action: 'endpoints create', target: endpointId });
  return { endpointId, secret };
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
