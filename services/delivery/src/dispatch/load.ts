import {
  type Endpoint,
  type EndpointId,
  endpointIdOfUuid,
  type OpenedSecret,
  openSecrets,
  readEndpoints,
} from '@trunkline/delivery';
import type { Database } from '@trunkline/postgres';
import { readSigningKey } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { deliveryLimits } from '../limits.ts';
import type { Lane, LoadedTask, OpenedEndpoint } from './lane.ts';

/** An endpoint by its ids, as the table of routes has it. */
export interface Route {
  readonly endpointId: EndpointId;
  readonly endpointUuid: string;
  readonly tenantId: string;
  readonly shard: number;
  readonly state: Lane['state'];
  readonly revision: number;
}

/** All of them, or those that changed in the last minute: whoever looks every few seconds misses none. */
export async function readRoutes(
  database: Database,
  { all, signal }: { readonly all: boolean; readonly signal: AbortSignal },
): Promise<readonly Route[]> {
  const rows = await database.statement<{
    readonly endpoint_id: string;
    readonly tenant_id: string;
    readonly shard: number;
    readonly state: Lane['state'];
    readonly revision: string;
  }>(
    `SELECT endpoint_id, tenant_id, shard, state, revision::text FROM ${database.schema}.route
     WHERE $1 OR changed_at > clock_timestamp() - interval '1 minute'`,
    [all],
    { signal },
  );
  return rows.map((row) => ({
    endpointId: endpointIdOfUuid(row.endpoint_id),
    endpointUuid: row.endpoint_id,
    tenantId: row.tenant_id,
    shard: row.shard,
    state: row.state,
    revision: Number(row.revision),
  }));
}

/** Reads the endpoints of lanes that lack them, of so many tenants as a transaction may name. */
export async function openEndpoints(
  database: Database,
  lanes: readonly Lane[],
  { vault, signal }: { readonly vault: Vault; readonly signal: AbortSignal },
): Promise<void> {
  for (const some of byTenants(lanes)) {
    const uuids = some.map(({ endpointUuid }) => endpointUuid);
    const { known, secrets } = await database.transaction(
      [...new Set(some.map(({ tenantId }) => tenantId))],
      async (tx) => ({
        known: await readEndpoints(
          tx,
          some.map(({ endpointId }) => endpointId),
        ),
        secrets: await openSecrets(tx, vault, uuids),
      }),
      { signal },
    );
    for (const { endpoint, health } of known) {
      const lane = some.find(({ endpointId }) => endpointId === endpoint.endpointId);
      if (lane === undefined) continue;
      lane.opened = openedOf(endpoint, secrets.get(lane.endpointUuid) ?? []);
      lane.health = health;
    }
  }
}

function openedOf(endpoint: Endpoint, secrets: readonly OpenedSecret[]): OpenedEndpoint {
  const flaw = secrets.map(({ secret }) => secret).find((secret) => typeof secret !== 'string');
  return {
    endpoint,
    host: URL.canParse(endpoint.url) ? new URL(endpoint.url).host : '',
    secrets: secrets.flatMap(({ secret, ...time }) =>
      typeof secret === 'string' ? [{ ...time, key: readSigningKey(secret) }] : [],
    ),
    flaw: flaw?.message,
  };
}

/** Marks when to look at each lane next, and gives each what is due of it, as far as memory allows. */
export async function loadTasks(
  database: Database,
  lanes: readonly Lane[],
  options: { readonly freeBytes: number; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { nowMs, signal } = options;
  // Before the look, so that what is told meanwhile is not forgotten.
  for (const lane of lanes) lane.lookAtMs = Number.POSITIVE_INFINITY;
  const lookAgain = (lane: Lane, atMs: number): void => {
    lane.lookAtMs = Math.min(lane.lookAtMs, atMs);
  };
  const due = await readDue(database, lanes, signal).catch((error: unknown) => {
    for (const lane of lanes) lookAgain(lane, nowMs);
    throw error;
  });
  let { freeBytes } = options;
  const chosen: { readonly lane: Lane; readonly row: DueRow }[] = [];
  for (const lane of lanes) {
    const { rows, nextInMs } = due.get(lane.endpointUuid) ?? { rows: [], nextInMs: null };
    const isCut = rows.length >= wantedOf(lane);
    if (isCut) lookAgain(lane, nowMs);
    else if (nextInMs !== null) lookAgain(lane, nowMs + Math.max(0, nextInMs));
    for (const row of rows) {
      if (lane.inHand.has(row.event_id)) continue;
      if (freeBytes < row.bytes) {
        lookAgain(lane, nowMs);
        break;
      }
      freeBytes -= row.bytes;
      lane.inHand.add(row.event_id);
      chosen.push({ lane, row });
    }
  }
  try {
    await fillBodies(database, chosen, signal);
  } catch (error) {
    // Nothing of them is under way: they are looked for again.
    for (const { lane, row } of chosen) {
      lane.inHand.delete(row.event_id);
      lookAgain(lane, nowMs);
    }
    throw error;
  }
}

function wantedOf({ inHand }: Lane): number {
  // Those in hand are found again, and are to leave room for others.
  return deliveryLimits.laneTasks + inHand.size;
}

interface DueRow {
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly tenant_id: string;
  readonly message_at: string;
  readonly born_ms: number;
  readonly attempts: number;
  readonly counted: number;
  readonly bytes: number;
  readonly cause: string;
}

interface Due {
  readonly rows: readonly DueRow[];
  /** Until the first task that is not due yet; null where there is none. */
  readonly nextInMs: number | null;
}

/** One look for all of them, by the index; a lane with a million due rows costs what one with a hundred does. */
async function readDue(
  database: Database,
  lanes: readonly Lane[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Due>> {
  const values = [
    lanes.map(({ endpointUuid }) => endpointUuid),
    lanes.map(wantedOf),
    // Of one that is deleted everything is to go, whenever it would have been due.
    lanes.map(({ state }) => state === 'deleted'),
  ];
  const { schema } = database;
  return await database.transaction(
    [],
    async (tx) => {
      const rows = await tx.query<DueRow>(
        `SELECT l.endpoint_id, t.event_id, t.tenant_id, t.message_at::text AS message_at,
           extract(epoch FROM t.born_at)::double precision * 1000 AS born_ms, t.attempts, t.counted, t.bytes, t.cause
         FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS l (endpoint_id, wanted, takes_all) CROSS JOIN LATERAL (
           SELECT * FROM ${schema}.task WHERE endpoint_id = l.endpoint_id AND (due_at <= now() OR l.takes_all)
           ORDER BY due_at, seq LIMIT l.wanted) t`,
        values,
      );
      const next = await tx.query<{ readonly endpoint_id: string; readonly next_in_ms: number | null }>(
        `SELECT l.endpoint_id, (SELECT extract(epoch FROM min(due_at) - now())::double precision * 1000
           FROM ${schema}.task WHERE endpoint_id = l.endpoint_id AND due_at > now()) AS next_in_ms
         FROM unnest($1::uuid[]) AS l (endpoint_id)`,
        values.slice(0, 1),
      );
      const byLane = Map.groupBy(rows, (row) => row.endpoint_id);
      return new Map(
        next.map((row) => [row.endpoint_id, { rows: byLane.get(row.endpoint_id) ?? [], nextInMs: row.next_in_ms }]),
      );
    },
    { signal },
  );
}

async function fillBodies(
  database: Database,
  chosen: readonly { readonly lane: Lane; readonly row: DueRow }[],
  signal: AbortSignal,
): Promise<void> {
  if (chosen.length === 0) return;
  const found = new Map<string, MessageRow>();
  for (const some of byTenants(chosen.map(({ row }) => ({ ...row, tenantId: row.tenant_id })))) {
    const rows = await database.transaction(
      [...new Set(some.map(({ tenantId }) => tenantId))],
      (tx) =>
        tx.query<MessageRow>(
          `SELECT m.event_id, m.type, m.body, m.traceparent, m.accepted_at FROM
             (SELECT DISTINCT * FROM unnest($1::uuid[], $2::timestamptz[]) AS k (event_id, message_at)) k
           JOIN ${tx.schema}.message m ON m.event_id = k.event_id AND m.accepted_at = k.message_at`,
          [some.map((row) => row.event_id), some.map((row) => row.message_at)],
        ),
      { signal },
    );
    for (const row of rows) found.set(row.event_id, row);
  }
  for (const { lane, row } of chosen) lane.queue.push(taskOf(row, found.get(row.event_id)));
}

interface MessageRow {
  readonly event_id: string;
  readonly type: string;
  readonly body: Buffer;
  readonly traceparent: string | null;
  readonly accepted_at: Date;
}

function taskOf(row: DueRow, message: MessageRow | undefined): LoadedTask {
  return {
    eventUuid: row.event_id,
    tenantId: row.tenant_id,
    type: message?.type ?? '',
    messageAt: row.message_at,
    acceptedAtMs: message?.accepted_at.getTime() ?? row.born_ms,
    bornAtMs: row.born_ms,
    attempts: row.attempts,
    counted: row.counted,
    cause: row.cause,
    body: message?.body,
    traceparent: message?.traceparent ?? undefined,
  };
}

/** Groups of so many tenants as one transaction may name. */
function byTenants<T extends { readonly tenantId: string }>(items: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let tenants = new Set<string>();
  for (const item of items.toSorted((a, b) => (a.tenantId < b.tenantId ? -1 : 1))) {
    const last = groups.at(-1);
    if (last === undefined || (!tenants.has(item.tenantId) && tenants.size === deliveryLimits.tenantsPerTransaction)) {
      tenants = new Set([item.tenantId]);
      groups.push([item]);
      continue;
    }
    tenants.add(item.tenantId);
    last.push(item);
  }
  return groups;
}
