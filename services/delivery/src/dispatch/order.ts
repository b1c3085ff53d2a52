import type { Endpoint } from '@trunkline/delivery';
import type { Transaction } from '@trunkline/postgres';

import { deliveryLimits } from '../limits.ts';
import { type DueRow, dueColumns } from './due.ts';
import type { Lane, LoadedTask } from './lane.ts';
import type { Next } from './schedule.ts';

/** The task of a chain that is sent before all others of it. */
export interface Head extends DueRow {
  readonly order_key: string;
  /** Less than 0 where it is due; null while it holds its chain. */
  readonly due_in_ms: number | null;
}

/**
 * The first tasks of chains, by lane: so many chains of each, from where the last look ended. Each is one step down the index of
 * chains, whatever waits behind it.
 */
export async function readHeads(
  tx: Transaction,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, readonly Head[]>> {
  const next = (after: string): string => `SELECT t.* FROM ${tx.schema}.task t
     WHERE t.endpoint_id = l.endpoint_id AND t.order_key > ${after} ORDER BY t.order_key, t.seq LIMIT 1`;
  const rows = await tx.query<Head>(
    `SELECT ${dueColumns}, CASE WHEN isfinite(t.due_at)
       THEN extract(epoch FROM t.due_at - now())::double precision * 1000 END AS due_in_ms
     FROM unnest($1::uuid[], $2::bigint[]) AS l (endpoint_id, after) CROSS JOIN LATERAL (
       WITH RECURSIVE head AS (
         (SELECT first.*, 1 AS nth FROM (${next('l.after')}) AS first)
         UNION ALL
         SELECT following.*, head.nth + 1 FROM head CROSS JOIN LATERAL (${next('head.order_key')}) AS following
         WHERE head.nth < $3
       ) SELECT * FROM head) AS t ORDER BY t.endpoint_id, t.nth`,
    [
      lanes.map(({ endpointUuid }) => endpointUuid),
      lanes.map(({ turnAfter }) => turnAfter ?? '-1'),
      deliveryLimits.headsPerLook,
    ],
  );
  return Map.groupBy(rows, (row) => row.endpoint_id);
}

/** What of the heads is to be sent, and where the next look goes on. */
export interface HeadsTurn {
  readonly due: readonly Head[];
  /** Undefined: all chains had their turn. */
  readonly turnAfter: string | undefined;
  /** Until the first of those that are not due; null where there is none. */
  readonly nextInMs: number | null;
}

/**
 * One of each chain at a time: what a chain has in hand is sent, or its answer is not in Postgres yet, so that whoever comes
 * after a crash cannot find a later one done and an earlier one not.
 */
export function turnOf({ inHand }: Pick<Lane, 'inHand'>, heads: readonly Head[], room: number): HeadsTurn {
  const busy = new Set(inHand.values());
  const due: Head[] = [];
  let nextInMs: number | null = null;
  let last: string | undefined;
  for (const head of heads) {
    if (due.length === room) return { due, turnAfter: last, nextInMs };
    last = head.order_key;
    if (busy.has(head.order_key) || head.due_in_ms === null) continue;
    if (head.due_in_ms <= 0) due.push(head);
    else nextInMs = Math.min(nextInMs ?? head.due_in_ms, head.due_in_ms);
  }
  return { due, turnAfter: heads.length === deliveryLimits.headsPerLook ? last : undefined, nextInMs };
}

/** What was given up holds its chain where the endpoint wants that; what is there no more, or a person gave up, holds nothing. */
export function heldOr(
  next: Next,
  { orderKey, counted, body }: Pick<LoadedTask, 'orderKey' | 'counted' | 'body'>,
  { onExhausted }: Pick<Endpoint, 'onExhausted'>,
): Next {
  if (onExhausted !== 'hold' || orderKey === null || body === undefined || next.kind !== 'end') return next;
  const { outcome } = next;
  return outcome === 'exhausted' || outcome === 'expired' ? { kind: 'hold', counted, instead: outcome } : next;
}
