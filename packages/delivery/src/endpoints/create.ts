import { type Clock, TrunklineError } from '@trunkline/core';
import { type Format, formatNames, isFormat } from '@trunkline/payload';
import { appendAudit, type Database } from '@trunkline/postgres';
import type { SigningKind } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { type EndpointId, endpointUuid, newEndpointId, shardOf } from '../ids.ts';
import { endpointLimits } from '../limits.ts';
import { readSchedule } from '../schedules.ts';
import { addSecret } from '../secrets.ts';
import { readTypePatterns } from '../type-patterns.ts';
import { tellRoute } from './tell-route.ts';

export interface NewEndpoint {
  readonly tenantId: string;
  readonly url: string;
  readonly description?: string | undefined;
  readonly types: readonly string[];
  readonly format?: string | undefined;
  /** A name or a list of seconds. */
  readonly schedule?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxInFlight?: number | undefined;
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
  { vault, clock, signal }: { readonly vault: Vault; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<CreatedEndpoint> {
  const row = checked(given);
  const endpointId = newEndpointId(clock());
  const { tenantId, actor } = given;
  return await database.transaction(
    [tenantId],
    async (tx) => {
      const [counted] = await tx.query<{ readonly number: number }>(
        `SELECT count(*)::integer AS number FROM ${tx.schema}.endpoint WHERE tenant_id = $1 AND state <> 'deleted'`,
        [tenantId],
      );
      if ((counted?.number ?? 0) >= endpointLimits.perTenant)
        throw invalid(`${tenantId} has ${endpointLimits.perTenant} endpoints, which is the most: delete one first`);
      await tx.query(
        `INSERT INTO ${tx.schema}.endpoint (endpoint_id, tenant_id, url, description, types, format, schedule, timeout_ms,
           max_in_flight, state, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'enabled', $10)`,
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
          actor,
        ],
      );
      const secret = await addSecret(tx, vault, { endpointId, tenantId, generation: 1, kind: given.signing ?? 'hmac' });
      await tx.query(
        `INSERT INTO ${tx.schema}.route (endpoint_id, tenant_id, shard, state, revision) VALUES ($1, $2, $3, 'enabled', 1)`,
        [endpointUuid(endpointId), tenantId, shardOf(endpointId)],
      );
      await tellRoute(tx, endpointId);
      await appendAudit(tx, { actor, tenant: tenantId, action: 'endpoints create', target: endpointId });
      return { endpointId, secret };
    },
    { signal },
  );
}

function checked({ url, description = '', types, format = 'standard', schedule = 'standard', ...given }: NewEndpoint) {
  const { timeoutMs = endpointLimits.timeoutMs, maxInFlight = endpointLimits.maxInFlight } = given;
  if (description.length > endpointLimits.descriptionCharacters)
    throw invalid(`a description has at most ${endpointLimits.descriptionCharacters} characters`);
  if (timeoutMs < endpointLimits.leastTimeoutMs || timeoutMs > endpointLimits.mostTimeoutMs)
    throw invalid(
      `a receiver is waited for ${endpointLimits.leastTimeoutMs / 1_000} to ${endpointLimits.mostTimeoutMs / 1_000} seconds`,
    );
  if (maxInFlight < 1 || maxInFlight > endpointLimits.mostInFlight)
    throw invalid(`1 to ${endpointLimits.mostInFlight} requests may be under way to an endpoint`);
  return {
    url: checkedUrl(url),
    description,
    types: readTypePatterns(types),
    format: checkedFormat(format),
    schedule: readSchedule(schedule),
    timeoutMs,
    maxInFlight,
  };
}

/** What can never be posted to. Where it leads is judged at each request: what is said here is no protection. */
function checkedUrl(text: string): string {
  if (text.length > endpointLimits.urlCharacters || !URL.canParse(text))
    throw invalid(`a URL has at most ${endpointLimits.urlCharacters} characters: https://example.com/webhooks`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('a URL begins with https:// (or http://)');
  if (url.username !== '' || url.password !== '') throw invalid('a URL holds no user and no password');
  url.hash = '';
  return url.href;
}

function checkedFormat(text: string): Format {
  if (isFormat(text)) return text;
  throw invalid(`${JSON.stringify(text)} is no format: there is ${formatNames.join(', ')}`);
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
