import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';
import type { Judgement } from '@trunkline/expressions';
import type { Database, Transaction } from '@trunkline/postgres';

import { readTypePatterns, typesNamed } from '../type-patterns.ts';
import { createFilterJudge } from './filter-judge.ts';
import { readFilter } from './read-filter.ts';

export interface FilterTrial {
  readonly tenant: string;
  readonly filter: string;
  /** As an endpoint names them. */
  readonly types: readonly string[];
  /** Only this message; else the newest ones of the types. */
  readonly eventId?: EventId | undefined;
  /** How many at most; `filterTrialLimits`. */
  readonly last: number;
}

/** Bodies have up to 256 KiB, so a trial reads 25 MiB at the worst. */
export const filterTrialLimits = { messages: 40, mostMessages: 100 } as const;

/** A message that is there, and what the filter says of it. */
export interface TriedMessage {
  readonly eventId: EventId;
  readonly type: string;
  readonly judgement: Judgement;
}

/** Judges messages of a tenant by a filter that no endpoint has yet. Throws `config_invalid` as making an endpoint with it would. */
export async function tryFilter(
  database: Database,
  { signal, ...trial }: FilterTrial & { readonly signal?: AbortSignal },
): Promise<readonly TriedMessage[]> {
  return await database.transaction([trial.tenant], (tx) => readTrial(tx, trial), { signal });
}

/** The same in a transaction of the tenant. */
export async function readTrial(
  tx: Transaction,
  { tenant, filter: given, types, eventId, last }: FilterTrial,
): Promise<readonly TriedMessage[]> {
  const patterns = readTypePatterns(types);
  const filter = readFilter(given, patterns);
  const rows = await tx.query<{ readonly event_id: string; readonly type: string; readonly body: Buffer }>(
    `SELECT m.event_id, m.type, m.body FROM ${tx.schema}.message m WHERE m.tenant_id = $1
       AND ($2::uuid IS NULL OR m.event_id = $2::uuid) AND m.type = ANY ($3::text[])
     ORDER BY m.accepted_at DESC, m.event_id LIMIT $4`,
    [tenant, eventId === undefined ? null : uuidOf(eventId), typesNamed(patterns), last],
  );
  const filters = createFilterJudge();
  return rows.map(({ event_id, type, body }) => ({
    eventId: eventIdOfUuid(event_id),
    type,
    judgement: filter === '' ? { kind: 'matches' } : filters.judge(filter, type, JSON.parse(body.toString('utf8'))),
  }));
}
