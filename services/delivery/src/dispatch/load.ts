import {
  type Endpoint,
  type EndpointHealth,
  type EndpointId,
  endpointIdOfUuid,
  type OpenedSecret,
  openSecrets,
  readEndpoints,
} from '@trunkline/delivery';
import type { Database, Transaction } from '@trunkline/postgres';
import { readSigningKey } from '@trunkline/signing';
import type { Vault } from '@trunkline/vault';

import { deliveryLimits } from '../limits.ts';
import { type DueOfLane, type DueRow, readLeft, readUnordered } from './due.ts';
import {
  dropQueue,
  enqueue,
  fits,
  heldBytes,
  type Lane,
  loadedAtOnce,
  type LoadedTask,
  type OpenedEndpoint,
} from './lane.ts';
import { type Head, readHeads, turnOf } from './order.ts';

/** An endpoint by its ids, as the table of routes has it. */
export interface Route {
  readonly endpointId: EndpointId;
  readonly endpointUuid: string;
  readonly tenantId: string;
  readonly shard: number;
  readonly state: Lane['state'];
  readonly revision: number;
  /** There may be chains of it. */
  readonly ordered: boolean;
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
    readonly ordered: boolean;
  }>(
    `SELECT endpoint_id, tenant_id, shard, state, revision::text, ordered FROM ${database.schema}.route
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
    ordered: row.ordered,
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
    const byId = new Map(some.map((lane) => [lane.endpointId, lane]));
    for (const { endpoint, health } of known) {
      const lane = byId.get(endpoint.endpointId);
      if (lane === undefined) continue;
      lane.opened = openedOf(endpoint, secrets.get(lane.endpointUuid) ?? []);
      lane.health = sinceItsState(health, endpoint.stateSinceMs);
    }
  }
}

/** Whoever enables an endpoint gives it the whole time anew: of what failed before it is only known that it has not recovered. */
function sinceItsState(health: EndpointHealth, stateSinceMs: number): EndpointHealth {
  const { failingSinceMs } = health;
  if (failingSinceMs === null || failingSinceMs >= stateSinceMs) return health;
  return { ...health, failingSinceMs: stateSinceMs, failures: 0, told: 0 };
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

/**
 * Marks when to look at each lane next, and gives each what is due of it, as far as memory allows. Of lanes of so many tenants
 * as a transaction may name.
 */
export async function loadTasks(
  database: Database,
  lanes: readonly Lane[],
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> {
  // Before the look, so that what is told meanwhile is not forgotten; nor while chains still have their turns.
  for (const lane of lanes) if (lane.turnAfter === undefined) lane.lookAtMs = Number.POSITIVE_INFINITY;
  const tenants = [...new Set(lanes.map(({ tenantId }) => tenantId))];
  const drops = lanes.map((lane) => lane.drops);
  try {
    await database.transaction(
      tenants,
      async (tx) => {
        const chosen = chooseDue(await readDue(tx, lanes), nowMs);
        try {
          await fillBodies(tx, chosen);
        } catch (error) {
          // Nothing of them is under way: they are looked for again.
          for (const { lane, row } of chosen) lane.inHand.delete(row.event_id);
          throw error;
        }
      },
      { signal },
    );
  } catch (error) {
    for (const lane of lanes) lookAgain(lane, nowMs);
    throw error;
  }
  // Let go of while they were read: what was found of them may have been taken away behind the look.
  for (const [nth, lane] of lanes.entries()) if (lane.drops !== drops[nth]) dropQueue(lane);
}

function lookAgain(lane: Lane, atMs: number): void {
  lane.lookAtMs = Math.min(lane.lookAtMs, atMs);
}

interface Chosen {
  readonly lane: Lane;
  readonly row: DueRow;
}

/** What of it is loaded. It is in hand from here on. */
function chooseDue(found: readonly Due[], nowMs: number): readonly Chosen[] {
  const chosen: Chosen[] = [];
  /** What is chosen, in bytes: of all lanes, and of each. */
  let all = 0;
  const own = new Map<Lane, number>();
  /** False where memory does not allow it. */
  const choose = (lane: Lane, row: DueRow): boolean => {
    const bytes = heldBytes(row.bytes);
    const ownBytes = own.get(lane) ?? 0;
    const held = { allBytes: lane.memory.queuedBytes + all, ownBytes: lane.queuedBytes + ownBytes };
    if (!fits(bytes, held)) return false;
    all += bytes;
    own.set(lane, ownBytes + bytes);
    lane.inHand.set(row.event_id, row.order_key);
    chosen.push({ lane, row });
    return true;
  };
  for (const { lane, rows, isCut, nextInMs, heads } of found) {
    if (isCut) lookAgain(lane, nowMs);
    else if (nextInMs !== null) lookAgain(lane, nowMs + Math.max(0, nextInMs));
    if (!rows.filter((row) => !lane.inHand.has(row.event_id)).every((row) => choose(lane, row))) lookAgain(lane, nowMs);
    const turn = turnOf(lane, heads, loadedAtOnce(lane));
    lane.turnAfter = turn.turnAfter;
    if (turn.nextInMs !== null) lookAgain(lane, nowMs + turn.nextInMs);
    if (turn.due.every((head) => choose(lane, head))) continue;
    lane.turnAfter = undefined;
    lookAgain(lane, nowMs);
  }
  return chosen;
}

interface Due extends DueOfLane {
  readonly lane: Lane;
  /** Whether there may be more that is due. */
  readonly isCut: boolean;
  /** Of its chains, where it has any. */
  readonly heads: readonly Head[];
}

/** One look for all of them, by the indexes; of chains only where there may be some. */
async function readDue(tx: Transaction, lanes: readonly Lane[]): Promise<readonly Due[]> {
  // Those in hand are found again, and are to leave room for others. By now: more may be in hand when the answer comes.
  const wanting = lanes.map((lane) => ({ ...lane, lane, wanted: loadedAtOnce(lane) + lane.inHand.size }));
  const deleted = wanting.filter(({ state }) => state === 'deleted');
  const living = wanting.filter(({ state }) => state !== 'deleted');
  const ordered = lanes.filter((lane) => lane.state !== 'deleted' && lane.ordered);
  const none = new Map<string, never>();
  const left = deleted.length === 0 ? none : await readLeft(tx, deleted);
  const heads = ordered.length === 0 ? none : await readHeads(tx, ordered);
  const unordered = living.length === 0 ? none : await readUnordered(tx, living);
  return wanting.map(({ lane, wanted, endpointUuid: uuid }) => {
    const { rows, nextInMs } = unordered.get(uuid) ?? { rows: left.get(uuid) ?? [], nextInMs: null };
    return { lane, rows, nextInMs, isCut: rows.length >= wanted, heads: heads.get(uuid) ?? [] };
  });
}

async function fillBodies(tx: Transaction, chosen: readonly Chosen[]): Promise<void> {
  if (chosen.length === 0) return;
  const rows = await tx.query<MessageRow>(
    `SELECT m.event_id, m.type, m.body, m.traceparent, m.accepted_at FROM
       (SELECT DISTINCT * FROM unnest($1::uuid[], $2::timestamptz[]) AS k (event_id, message_at)) k
     JOIN ${tx.schema}.message m ON m.event_id = k.event_id AND m.accepted_at = k.message_at`,
    [chosen.map(({ row }) => row.event_id), chosen.map(({ row }) => row.message_at)],
  );
  const found = new Map(rows.map((row) => [row.event_id, row]));
  for (const { lane, row } of chosen) enqueue(lane, taskOf(row, found.get(row.event_id)));
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
    orderKey: row.order_key,
    released: row.released,
    jobUuid: row.job_id,
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
