import {
  createFilterJudge,
  type EndpointId,
  type EndpointState,
  endpointUuid,
  type LeasedJob,
  matchesType,
  type PairState,
} from '@trunkline/delivery';
import type { Transaction } from '@trunkline/postgres';

import type { Pair } from './kinds/kind.ts';

/** The endpoint of a job, as it is in the transaction that has locked it. */
export interface JobEndpoint {
  readonly endpointId: EndpointId;
  readonly state: EndpointState;
  readonly types: readonly string[];
  readonly filter: string;
  readonly createdAtMs: number;
}

/** So that an endpoint which is disabled meanwhile is seen before or after a step, and not within it. */
export async function lockEndpoint(tx: Transaction, endpointId: EndpointId): Promise<JobEndpoint | undefined> {
  const [row] = await tx.query<{
    readonly state: JobEndpoint['state'];
    readonly types: readonly string[];
    readonly filter: string;
    readonly created_at: Date;
  }>(`SELECT state, types, filter, created_at FROM ${tx.schema}.endpoint WHERE endpoint_id = $1::uuid FOR SHARE`, [
    endpointUuid(endpointId),
  ]);
  if (row === undefined) return undefined;
  const { state, types, filter } = row;
  return { endpointId, state, types, filter, createdAtMs: row.created_at.getTime() };
}

/**
 * The messages behind the place of a job, in the order in which they were accepted, each as it stands at the endpoint. Whether
 * the endpoint wants one is judged by its filter, too, where the job asks for that.
 */
export async function readPage(
  tx: Transaction,
  job: LeasedJob,
  { endpoint, limit, judges }: { readonly endpoint: JobEndpoint; readonly limit: number; readonly judges: boolean },
): Promise<readonly Pair[]> {
  const { place } = job;
  const rows = await tx.query<PairRow>(pageSql(tx.schema), [
    job.tenantId,
    endpointUuid(job.endpointId),
    job.endpointId,
    job.since,
    job.until,
    job.types,
    place?.at ?? null,
    place?.event ?? null,
    limit,
    judges && endpoint.filter !== '',
  ]);
  const judge = createFilterJudge();
  return rows.map((row) => ({
    eventUuid: row.event_id,
    messageAt: row.message_at,
    type: row.type,
    bytes: row.bytes,
    state: row.state,
    code: row.code,
    verdict: row.verdict,
    isWanted:
      endpoint.types.some((pattern) => matchesType(pattern, row.type)) &&
      (row.body === null ||
        judge.judge(endpoint.filter, row.type, JSON.parse(row.body.toString('utf8'))).kind === 'matches'),
    isEarlier: row.accepted_at.getTime() < endpoint.createdAtMs,
  }));
}

interface PairRow {
  readonly event_id: string;
  readonly message_at: string;
  readonly accepted_at: Date;
  readonly type: string;
  readonly bytes: number;
  /** Null where it is not asked about. */
  readonly body: Buffer | null;
  readonly verdict: string | null;
  readonly state: PairState;
  readonly code: string | null;
}

/** Of what came to an end several times a delivery counts, else the last one. Nothing of a message was written before it, but for clocks that were set. */
const pageSql = (schema: string): string => `
WITH page AS MATERIALIZED (
  SELECT event_id, accepted_at, type, octet_length(body) AS bytes,
    CASE WHEN $10::boolean THEN body END AS body, verdicts ->> $3 AS verdict FROM ${schema}.message
  WHERE tenant_id = $1 AND accepted_at >= greatest($4::timestamptz, $7::timestamptz) AND accepted_at <= $5::timestamptz
    AND (cardinality($6::text[]) = 0 OR type = ANY ($6::text[]))
    AND ($7::timestamptz IS NULL OR (accepted_at, event_id) > ($7::timestamptz, $8::uuid))
  ORDER BY accepted_at, event_id LIMIT $9)
SELECT page.event_id::text, page.accepted_at, page.accepted_at::text AS message_at, page.type, page.bytes, page.body, page.verdict,
  CASE WHEN t.event_id IS NOT NULL THEN 'waiting' ELSE coalesce(ended.outcome, 'untold') END AS state,
  CASE WHEN t.event_id IS NOT NULL THEN t.last_code ELSE ended.code END AS code
FROM page
LEFT JOIN ${schema}.task t ON t.endpoint_id = $2::uuid AND t.event_id = page.event_id
LEFT JOIN LATERAL (
  SELECT a.outcome, a.code FROM ${schema}.attempt a
  WHERE a.event_id = page.event_id AND a.endpoint_id = $2::uuid AND a.outcome IS NOT NULL
    AND a.at >= page.accepted_at - interval '1 minute'
  ORDER BY a.outcome = 'delivered' DESC, a.at DESC, a.no DESC LIMIT 1) ended ON true
ORDER BY page.accepted_at, page.event_id`;
