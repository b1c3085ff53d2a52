import { type RequestId, uuidOf } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

import { inScope, type TenantScope } from './scope.ts';

/** One record of a request; one that was published twice has two. */
export interface RequestPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

/** Records of one request that are told. */
const mostPlaces = 200;

/** Where a request stands, oldest first. */
export async function findRequestPlaces(
  database: Database,
  question: { readonly scope: TenantScope; readonly requestId: RequestId; readonly signal?: AbortSignal },
): Promise<readonly RequestPlace[]> {
  const { scope, requestId, signal } = question;
  const rows = await inScope(database, scope, (tx) => tx.query<PlaceRow>(placesSql, [uuidOf(requestId)]), signal);
  return rows.map(({ topic, part, off, appended_at }) => ({
    topic,
    partition: part,
    offset: BigInt(off),
    appendedAtMs: Number(appended_at),
  }));
}

interface PlaceRow {
  readonly topic: string;
  readonly part: number;
  readonly off: string;
  readonly appended_at: string;
}

const placesSql = `
SELECT topic.name AS topic, r.part, r.off::text, (extract(epoch FROM r.appended_at) * 1000)::bigint::text AS appended_at
FROM journal.request r JOIN journal.name topic ON topic.id = r.topic
WHERE r.request_id = $1::uuid ORDER BY r.appended_at, r.off LIMIT ${mostPlaces}`;
