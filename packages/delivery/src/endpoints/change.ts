import { isDeepStrictEqual } from 'node:util';

import { TrunklineError } from '@trunkline/core';
import { capText, textLimit } from '@trunkline/events';
import type { AddressGuard } from '@trunkline/http-client/address-guard';
import { appendAudit, type Database, type Transaction } from '@trunkline/postgres';
import { planRotation, type SigningKind } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { announceEndpoint, type EndpointNews } from '../announcements.ts';
import { type EndpointId, endpointUuid } from '../ids.ts';
import { letGo } from '../messages/release.ts';
import { addSecret } from '../secrets.ts';
import { cures, type EndpointState, type KnownEndpoint, readEndpoints, tenantOfEndpoint } from './endpoint.ts';
import { checkedSettings, givenSettings, settingNames, type SomeSettings } from './settings.ts';
import { markOrdered, touchRoute } from './tell-route.ts';

export interface Change {
  readonly endpointId: EndpointId;
  readonly actor: string;
  readonly signal?: AbortSignal;
}

/** What was there before; undefined where there is no such endpoint, or it is deleted. */
export type Changed = KnownEndpoint | undefined;

/** Lets it be sent to again: what waits is sent, what it missed meanwhile is not. */
export function enableEndpoint(database: Database, change: Change): Promise<Changed> {
  return inItsTenant(database, change, (tx) => changeState(tx, { ...change, move: 'enable' }));
}

/** Stops sending for a while: what waits and what comes goes on waiting, as long as a message is worth sending. */
export function pauseEndpoint(database: Database, change: Change & { readonly reason: string }): Promise<Changed> {
  return inItsTenant(database, change, (tx) => changeState(tx, { ...change, move: 'pause' }));
}

/** Ends a pause: what waits is sent. One that is disabled stays so. */
export function resumeEndpoint(database: Database, change: Change): Promise<Changed> {
  return inItsTenant(database, change, (tx) => changeState(tx, { ...change, move: 'resume' }));
}

/** Stops sending: what waits goes on waiting until it is too old, and new events are skipped. */
export function disableEndpoint(database: Database, change: Change & { readonly reason: string }): Promise<Changed> {
  return inItsTenant(database, change, (tx) => changeState(tx, { ...change, move: 'disable' }));
}

/** For ever: its secrets are shredded at once, and what waits is discarded by whoever sends for it. */
export function deleteEndpoint(database: Database, change: Change): Promise<Changed> {
  return inItsTenant(database, change, (tx) => changeState(tx, { ...change, move: 'delete' }));
}

/** Other settings, as `changeSettings` takes them. */
export function editEndpoint(database: Database, change: Change & SomeSettings): Promise<Changed> {
  const { signal: _, ...given } = change;
  return inItsTenant(database, change, (tx) => changeSettings(tx, given));
}

/** A new secret, as `replaceSecret` makes it. */
export function rotateSecret(
  database: Database,
  change: Change & SecretChange,
  vault: Vault,
): Promise<ReplacedSecret | undefined> {
  return inItsTenant(database, change, (tx) => replaceSecret(tx, change, vault));
}

interface SecretChange {
  /** That of the secret before unless given. */
  readonly kind?: SigningKind | undefined;
  readonly overlapMs?: number | undefined;
  readonly nowMs: number;
}

/** The one time that the secret is shown, and until when those before it sign, too. */
export interface ReplacedSecret {
  readonly secret: string;
  readonly signsUntilMs: number;
}

/**
 * A new secret; those before it go on signing beside it for `overlapMs`. In a transaction of the endpoint's tenant; undefined
 * where it has no such endpoint. Throws `config_invalid` where too many would sign.
 */
export async function replaceSecret(
  tx: Transaction,
  change: Omit<Change, 'signal'> & SecretChange,
  vault: Vault,
): Promise<ReplacedSecret | undefined> {
  const known = await lockEndpoint(tx, change.endpointId);
  if (known === undefined) return undefined;
  const { endpoint, secrets } = known;
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
  await announceEndpoint(tx, endpointId, {
    type: 'delivery.endpoint.secret_rotated',
    stated: { secretGeneration: rotation.generation },
  });
  await appendAudit(tx, { actor, tenant: tenantId, action: 'endpoints rotate', target: endpointId });
  return { secret, signsUntilMs: rotation.signsUntilMs };
}

/** What people do with an endpoint: where that leads, and from where it may. */
const moves = {
  enable: { to: 'enabled', from: ['enabled', 'paused', 'disabled'] },
  pause: { to: 'paused', from: ['enabled', 'paused'] },
  resume: { to: 'enabled', from: ['enabled', 'paused'] },
  disable: { to: 'disabled', from: ['enabled', 'paused', 'disabled'] },
  delete: { to: 'deleted', from: ['enabled', 'paused', 'disabled'] },
} as const satisfies Record<string, { readonly to: EndpointState; readonly from: readonly EndpointState[] }>;

export type EndpointMove = keyof typeof moves;

/**
 * Enables, pauses, resumes, disables or deletes, in a transaction of the endpoint's tenant. Throws `config_invalid` where that
 * cannot be done to it as it stands.
 */
export async function changeState(
  tx: Transaction,
  change: Omit<Change, 'signal'> & { readonly move: EndpointMove; readonly reason?: string },
): Promise<Changed> {
  const { endpointId, actor, move, reason = '' } = change;
  const known = await lockEndpoint(tx, endpointId);
  if (known === undefined) return undefined;
  const { to: state, from } = moves[move];
  const before: EndpointState = known.endpoint.state;
  if (!from.some((allowed) => allowed === before))
    throw new TrunklineError(
      'config_invalid',
      `${endpointId} is ${before}, so it cannot be told to ${move}: ${cures[before]}`,
    );
  const uuid = endpointUuid(endpointId);
  await setState(tx, endpointId, { state, reason });
  if (state === 'deleted') {
    // Without its key a sealed secret opens for nobody, in no backup of the row either.
    await tx.query(
      `DELETE FROM ${tx.schema}.vault_key WHERE owner IN
         (SELECT secret_id FROM ${tx.schema}.endpoint_secret WHERE endpoint_id = $1::uuid)`,
      [uuid],
    );
    await tx.query(`DELETE FROM ${tx.schema}.endpoint_secret WHERE endpoint_id = $1::uuid`, [uuid]);
  }
  const { tenantId } = known.endpoint;
  if (before !== state)
    await announceEndpoint(tx, endpointId, {
      type: `delivery.endpoint.${state}`,
      stated: { state, ...reasonOf(reason) },
    });
  await appendAudit(tx, { actor, tenant: tenantId, action: `endpoints ${move}`, target: endpointId, note: reason });
  return known;
}

/**
 * Changes what people said of it, in a transaction of its tenant: holds for what is sent from now on, also of what waits.
 * What is as it was is no change, and nobody is told of it. Throws `config_invalid` as making one does.
 */
export async function changeSettings(
  tx: Transaction,
  { endpointId, actor, ...given }: Omit<Change, 'signal'> & SomeSettings,
  guard?: AddressGuard,
): Promise<Changed> {
  const known = await lockEndpoint(tx, endpointId);
  if (known === undefined) return undefined;
  const { schedule, ...endpoint } = known.endpoint;
  const row = checkedSettings(
    { ...endpoint, schedule: schedule.join(','), ...givenSettings(given) },
    // What it has already is not judged again: another setting may be changed of an endpoint whose network is no longer allowed.
    given.url === undefined ? undefined : guard,
  );
  const changedSettings = settingNames.filter((name) => !isDeepStrictEqual(row[name], known.endpoint[name]));
  if (changedSettings.length === 0) return known;
  await tx.query(
    `UPDATE ${tx.schema}.endpoint SET url = $2, description = $3, types = $4, format = $5, schedule = $6, timeout_ms = $7,
       max_in_flight = $8, ordering = $9, on_exhausted = $10, filter = $11, updated_at = clock_timestamp() WHERE endpoint_id = $1::uuid`,
    [
      endpointUuid(endpointId),
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
    ],
  );
  if (row.ordering !== 'none') await markOrdered(tx, endpointId);
  if (row.onExhausted === 'continue' && endpoint.onExhausted === 'hold') await letGo(tx, { endpointId, retry: false });
  await touchRoute(tx, endpointId, endpoint.state);
  await announceEndpoint(tx, endpointId, { type: 'delivery.endpoint.updated', stated: { changedSettings } });
  const note = changedSettings.join(', ');
  await appendAudit(tx, { actor, tenant: endpoint.tenantId, action: 'endpoints update', target: endpointId, note });
  return known;
}

function reasonOf(reason: string): Pick<EndpointNews['stated'], 'stateReason' | 'stateReasonTruncated'> {
  const { text, truncated } = capText(reason, textLimit.reason);
  return { stateReason: text === '' ? null : text, stateReasonTruncated: truncated };
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

/** So that of two changes one comes after the other. Undefined where there is no such endpoint, or it is deleted. */
async function lockEndpoint(tx: Transaction, endpointId: EndpointId): Promise<KnownEndpoint | undefined> {
  await tx.query(`SELECT FROM ${tx.schema}.endpoint WHERE endpoint_id = $1::uuid FOR UPDATE`, [
    endpointUuid(endpointId),
  ]);
  const [known] = await readEndpoints(tx, [endpointId]);
  return known === undefined || known.endpoint.state === 'deleted' ? undefined : known;
}

/** For whoever names no tenant: whose the endpoint is, is looked up. */
async function inItsTenant<T>(
  database: Database,
  { endpointId, signal }: Change,
  change: (tx: Transaction) => Promise<T | undefined>,
): Promise<T | undefined> {
  const tenant = await tenantOfEndpoint(database, endpointId, signal);
  return tenant === undefined ? undefined : await database.transaction([tenant], change, { signal });
}
