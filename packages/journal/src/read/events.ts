import type { DeliveryId, EventId } from '@trunkline/core';
import { eventIdOfUuid, TrunklineError, uuidText } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { keyHash } from '../key-hash.ts';
import { journalLimits } from '../limits.ts';
import { readByFilters } from './by-filters.ts';
import { Conditions } from './conditions.ts';
import { matchingHours } from './hours.ts';
import { refusePage, refuseWords } from './refuse.ts';
import { inScope, type TenantScope } from './scope.ts';

/** What rows are asked for by; what is left out does not narrow. */
export interface EventFilter {
  /** An id of any kind: of the event, its delivery, its trace, or the provider's own. */
  readonly id?: AnyId;
  readonly source?: string;
  readonly type?: string;
  /** `<kind>/<id>`; where the id may be personal, its digest. */
  readonly entity?: string;
  /** A record key. */
  readonly key?: string;
  /** Each has to stand in the type, the entity or the provider's id. */
  readonly words?: readonly string[];
  /** Only events with a failed run: `retry` or `dead`, whatever came of it since. */
  readonly failed?: 'retry' | 'dead';
  /** Broker append time, epoch milliseconds; from and until. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export type AnyId =
  | { readonly kind: 'event' | 'delivery' | 'trace'; readonly hex: string }
  | { readonly kind: 'provider'; readonly text: string };

/** One record of an event; an event that was received twice has two. */
export interface EventFound {
  readonly eventId: EventId;
  readonly deliveryId: DeliveryId;
  readonly traceId: string | undefined;
  readonly tenantId: string;
  readonly source: string;
  readonly type: string;
  readonly entity: string;
  readonly providerEventId: string | undefined;
  readonly correction: number;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly place: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly appendedAtMs: number;
  };
  readonly bytes: number;
  /** Where a page behind this row begins. */
  readonly cursor: string;
}

export interface EventQuestion {
  readonly scope: TenantScope;
  readonly filter: EventFilter;
  /** Rows at most, newest first. */
  readonly limit: number;
  /** The cursor of the last row of the page before. */
  readonly after?: string | undefined;
  /** The rows are read to choose among their records, so there may be more than a page has. */
  readonly asCandidates?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The newest events that match. Throws `config_invalid` for a range or a number of rows beyond the limits, and
 * `handler_timeout` or `dependency_unavailable` when the answer takes too long.
 */
export async function searchEvents(
  database: Database,
  { scope, filter: asked, limit, after, asCandidates = false, signal }: EventQuestion,
): Promise<readonly EventFound[]> {
  const cursor = after === undefined ? undefined : cursorOf(after);
  // Nothing behind a row is younger than it.
  const untilMs = Math.min(asked.untilMs, (cursor?.appendedAtMs ?? Number.POSITIVE_INFINITY) + 1);
  const filter = { ...asked, untilMs, cursor };
  refuseBeyondLimits(asked, limit, asCandidates ? journalLimits.payloadCandidates : journalLimits.pageRows);
  return await inScope(
    database,
    scope,
    async (tx) => {
      // By an id or a key every range of the index is asked at once; else hour by hour, from the newest.
      if (filter.id !== undefined || filter.key !== undefined) {
        await readByFilters(tx);
        return await rowsIn(tx, filter, filter, limit);
      }
      const found: EventFound[] = [];
      for await (const hours of matchingHours(tx, filter)) {
        found.push(...(await rowsIn(tx, filter, hours, limit - found.length)));
        if (found.length >= limit) break;
      }
      return found;
    },
    signal,
  );
}

/** A place in the order of a search. */
interface Cursor {
  readonly appendedAtMs: number;
  readonly topic: number;
  readonly part: number;
  readonly off: string;
}

type Search = EventFilter & { readonly cursor: Cursor | undefined };

function cursorOf(text: string): Cursor {
  const [, ms, topic, part, off] = /^(\d{1,15})\.(\d{1,9})\.(\d{1,9})\.(\d{1,18})$/.exec(text) ?? [];
  if (off === undefined)
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(text)} is no place in a search: give what the page before named as the next one`,
    );
  return { appendedAtMs: Number(ms), topic: Number(topic), part: Number(part), off };
}

function refuseBeyondLimits(
  { sinceMs, untilMs, words = [] }: EventFilter,
  ...[limit, mostRows]: [limit: number, mostRows: number]
): void {
  const { searchRangeDays } = journalLimits;
  if (untilMs - sinceMs > searchRangeDays * 86_400_000)
    throw new TrunklineError('config_invalid', `a search goes over ${searchRangeDays} days at most`);
  refuseWords(words);
  refusePage(limit, mostRows);
}

async function rowsIn(
  tx: Transaction,
  ...[filter, range, limit]: [filter: Search, range: Pick<EventFilter, 'sinceMs' | 'untilMs'>, limit: number]
): Promise<readonly EventFound[]> {
  const where = new Conditions();
  where.add('e.appended_at >= to_timestamp(?::double precision / 1000)', range.sinceMs);
  where.add('e.appended_at < to_timestamp(?::double precision / 1000)', range.untilMs);
  if (filter.cursor !== undefined) addCursor(where, filter.cursor);
  if (filter.source !== undefined) where.add(`e.source = ${nameSql('source')}`, filter.source);
  if (filter.type !== undefined) where.add(`e.type = ${nameSql('type')}`, filter.type);
  if (filter.entity !== undefined) where.add('e.entity = ?', filter.entity);
  for (const word of filter.words ?? [])
    where.add(`strpos(lower(concat_ws(' ', type.name, e.entity, e.provider_event)), lower(?)) > 0`, word);
  if (filter.failed !== undefined)
    where.add('e.event_id IN (SELECT step.event_id FROM journal.step WHERE step.kind = ?)', filter.failed);
  const rows = await tx.query<EventColumns>(
    `SELECT ${columnsSql} FROM ${eventsSql(where, filter)} e ${namesSql} WHERE ${where.sql}
     ORDER BY e.appended_at DESC, e.topic DESC, e.part DESC, e.off DESC LIMIT ${limit}`,
    where.values,
  );
  return rows.map(foundOf);
}

function addCursor(where: Conditions, { appendedAtMs, topic, part, off }: Cursor): void {
  const place = [
    `to_timestamp(${where.name(appendedAtMs)}::double precision / 1000)`,
    `${where.name(topic)}::integer`,
    `${where.name(part)}::integer`,
    `${where.name(off)}::bigint`,
  ];
  where.addText(`(e.appended_at, e.topic, e.part, e.off) < (${place.join(', ')})`);
}

/** The rows to choose from. Fenced (OFFSET 0) where an id or a key names them: nothing else is to lead to those. */
function eventsSql(where: Conditions, { id, key }: EventFilter): string {
  const named: string[] = [];
  if (id !== undefined) named.push(idSql(where, id));
  if (key !== undefined) named.push(`key_hash = ${where.name(String(keyHash(Buffer.from(key))))}::bigint`);
  return named.length === 0 ? 'journal.event' : `(SELECT * FROM journal.event WHERE ${named.join(' AND ')} OFFSET 0)`;
}

function idSql(where: Conditions, id: AnyId): string {
  switch (id.kind) {
    case 'event':
      return `event_id = ${where.name(uuidText(id.hex))}::uuid`;
    case 'delivery':
      return `delivery_id = ${where.name(uuidText(id.hex))}::uuid`;
    case 'trace':
      return `trace_id = ${where.name(uuidText(id.hex))}::uuid`;
    case 'provider':
      return `provider_event = ${where.name(id.text)}`;
  }
}

/** The number of a name, asked once for the statement. */
function nameSql(kind: string): string {
  return `(SELECT id FROM journal.name WHERE kind = '${kind}' AND name = ?)`;
}

const columnsSql = `e.event_id::text, e.delivery_id::text, e.trace_id::text, e.tenant_id, source.name AS source,
  type.name AS type, e.entity, e.provider_event, e.correction, e.bytes, topic.name AS topic, e.topic AS topic_id, e.part, e.off::text,
  (extract(epoch FROM e.appended_at) * 1000)::bigint::text AS appended_at,
  (extract(epoch FROM e.occurred_at) * 1000)::bigint::text AS occurred_at,
  (extract(epoch FROM e.received_at) * 1000)::bigint::text AS received_at`;

const namesSql = `JOIN journal.name topic ON topic.id = e.topic JOIN journal.name source ON source.id = e.source
  JOIN journal.name type ON type.id = e.type`;

interface EventColumns {
  readonly event_id: string;
  readonly delivery_id: string;
  readonly trace_id: string | null;
  readonly tenant_id: string;
  readonly source: string;
  readonly type: string;
  readonly entity: string;
  readonly provider_event: string | null;
  readonly correction: number;
  readonly bytes: number;
  readonly topic: string;
  readonly topic_id: number;
  readonly part: number;
  readonly off: string;
  readonly appended_at: string;
  readonly occurred_at: string;
  readonly received_at: string;
}

function foundOf(row: EventColumns): EventFound {
  return {
    eventId: eventIdOfUuid(row.event_id),
    deliveryId: `dlv_${row.delivery_id.replaceAll('-', '')}`,
    traceId: row.trace_id?.replaceAll('-', ''),
    tenantId: row.tenant_id,
    source: row.source,
    type: row.type,
    entity: row.entity,
    providerEventId: row.provider_event ?? undefined,
    correction: row.correction,
    occurredAtMs: Number(row.occurred_at),
    receivedAtMs: Number(row.received_at),
    place: { topic: row.topic, partition: row.part, offset: BigInt(row.off), appendedAtMs: Number(row.appended_at) },
    bytes: row.bytes,
    cursor: `${row.appended_at}.${row.topic_id}.${row.part}.${row.off}`,
  };
}
