import { setTimeout as delay } from 'node:timers/promises';

import { type Backoff, backoffMs, classify, failpoint, settledWithin } from '@trunkline/core';
import {
  announceEndpoint,
  announceMessages,
  type EndpointHealth,
  type EndpointId,
  type EndpointNews,
  endpointUuid,
  type MessageNews,
  setState,
} from '@trunkline/delivery';
import { arrayLiteral, byteaArray, type Database, numberArrayLiteral, type Transaction } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import type { AttemptResult } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';
import type { Next } from './schedule.ts';

/** What came of a request, and what becomes of its task. */
export interface Finished {
  readonly endpointId: EndpointId;
  readonly eventUuid: string;
  readonly tenantId: string;
  readonly type: string;
  readonly messageAt: string;
  /** Whether the next one of its chain waits until it is written. */
  readonly isAwaited: boolean;
  /** Number of the request; it is written if the task has had one less. */
  readonly no: number;
  readonly tookMs: number;
  readonly cause: string;
  /** Of the job that made the task; null where none did. */
  readonly jobUuid: string | null;
  readonly result: AttemptResult;
  readonly next: Next;
  readonly traceId: string | undefined;
  /** To be written with it. */
  readonly health?: EndpointHealth | undefined;
  /** Why the endpoint is disabled with it. */
  readonly disableFor?: string | undefined;
  /** Of its endpoint and of its message, to be told where it is written. */
  readonly endpointNews: readonly EndpointNews[];
  readonly messageNews: MessageNews | undefined;
}

export interface ResultsOptions {
  readonly database: Database;
  readonly log: Logger;
  /** As whom this process owns shards. */
  readonly ownerId: string;
  /** They are in Postgres, or no longer ours to write. */
  readonly onWritten: (written: readonly Finished[]) => void;
}

/** Takes answers to Postgres, many in a transaction. While it is away they wait, up to a limit. */
export interface Results {
  add(finished: Finished): void;
  /** Those that are being written included. */
  waiting(): number;
  isFull(): boolean;
  /** Writes what waits; what Postgres does not take until the deadline will be sent again by somebody. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const backoff: Backoff = { firstMs: 50, lastMs: 1_000 };

export function createResults({ database, log, ownerId, onWritten }: ResultsOptions): Results {
  const stopping = new AbortController();
  let pending: Finished[] = [];
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = 0;
  let running: Promise<void> | undefined;
  let failures = 0;

  function schedule(ms: number): void {
    if (running !== undefined) return;
    const atMs = performance.now() + ms;
    if (timer !== undefined && timerAtMs <= atMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    timer = setTimeout(begin, ms);
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    running ??= flush().finally(() => {
      running = undefined;
      if (pending.length > 0 && !stopping.signal.aborted)
        schedule(failures === 0 ? deliveryLimits.awaitedFlushMs : backoffMs(failures, backoff));
    });
  }

  async function flush(): Promise<void> {
    const batch = firstTenants(pending);
    try {
      await database.transaction(
        [...new Set(batch.map(({ tenantId }) => tenantId))],
        (tx) => write(tx, batch, ownerId),
        {
          signal: stopping.signal,
        },
      );
      failpoint('delivery.after_flush');
      failures = 0;
      const written = new Set(batch);
      pending = pending.filter((finished) => !written.has(finished));
      onWritten(batch);
    } catch (thrown) {
      if (failures === 0 && !stopping.signal.aborted)
        log.warn(
          { event: 'delivery.results_waiting', code: classify(thrown).code, reason: classify(thrown).message },
          'answers of endpoints are not written; trying again',
        );
      failures += 1;
    }
  }

  return {
    add(finished) {
      pending.push(finished);
      if (pending.length >= deliveryLimits.resultFlushRows) begin();
      else schedule(finished.isAwaited ? deliveryLimits.awaitedFlushMs : deliveryLimits.resultFlushMs);
    },
    waiting: () => pending.length,
    isFull: () => pending.length >= deliveryLimits.maxUnflushedResults,
    async stop({ deadlineMs }) {
      const endsAtMs = performance.now() + deadlineMs;
      while (pending.length > 0 && performance.now() < endsAtMs) {
        begin();
        await settledWithin(running ?? Promise.resolve(), Math.max(1, endsAtMs - performance.now()));
        if (failures > 0) await delay(backoffMs(failures, backoff));
      }
      clearTimeout(timer);
      stopping.abort();
      await running;
    },
  };
}

/** As many as one transaction takes: of so many tenants, and so many rows. */
function firstTenants(pending: readonly Finished[]): readonly Finished[] {
  const tenants = new Set<string>();
  const batch: Finished[] = [];
  for (const finished of pending) {
    if (batch.length === deliveryLimits.resultFlushRows) break;
    if (!tenants.has(finished.tenantId) && tenants.size === deliveryLimits.tenantsPerTransaction) continue;
    tenants.add(finished.tenantId);
    batch.push(finished);
  }
  return batch;
}

/**
 * May be repeated: the second time no task has had one request less. Of a shard that somebody else has taken nothing is
 * written: its new owner sends the task as it found it, and would not be believed if it had changed meanwhile.
 */
async function write(tx: Transaction, finished: readonly Finished[], ownerId: string): Promise<void> {
  const batch = await withoutStaleHolds(tx, finished);
  const rows = await tx.query<PairRow>(writeSql(tx.schema), parametersOf(batch, ownerId));
  const untouched = new Set(rows.map((row) => `${row.endpoint_id} ${row.event_id}`));
  const isUntouched = ({ endpointId, eventUuid }: Finished): boolean =>
    untouched.has(`${endpointUuid(endpointId)} ${eventUuid}`);
  await writeTaken(tx, batch.filter(isUntouched), ownerId);
  await announce(
    tx,
    batch.filter((one) => !isUntouched(one)),
  );
  // The last word of each endpoint counts.
  const newest = new Map(
    batch.flatMap(({ health, ...rest }) => (health === undefined ? [] : [[rest.endpointId, { ...rest, health }]])),
  );
  await writeHealth(tx, [...newest.values()]);
  const disabled = new Map(
    batch.flatMap(({ endpointId, disableFor }) => (disableFor === undefined ? [] : [[endpointId, disableFor]])),
  );
  for (const [endpointId, reason] of disabled) await setState(tx, endpointId, { state: 'disabled', reason });
}

interface PairRow {
  readonly event_id: string;
  readonly endpoint_id: string;
}

/**
 * A job may take a task away while its request is under way. What was sent stands in the log all the same: else a message that
 * arrived would be sent again by whoever asks for what did not.
 */
async function writeTaken(tx: Transaction, untouched: readonly Finished[], ownerId: string): Promise<void> {
  // Without a request there is nothing to tell.
  const sent = untouched.filter(({ tookMs }) => tookMs > 0);
  if (sent.length > 0) await tx.query(writeTakenSql(tx.schema), parametersOf(sent, ownerId));
}

/** Of `givenSql`, and the owner. */
function parametersOf(batch: readonly Finished[], ownerId: string): readonly unknown[] {
  return [
    arrayLiteral(batch.map(({ endpointId }) => endpointUuid(endpointId))),
    arrayLiteral(batch.map(({ eventUuid }) => eventUuid)),
    arrayLiteral(batch.map(({ tenantId }) => tenantId)),
    arrayLiteral(batch.map(({ type }) => type)),
    arrayLiteral(batch.map(({ messageAt }) => messageAt)),
    numberArrayLiteral(batch.map(({ no }) => no)),
    numberArrayLiteral(batch.map(({ tookMs }) => Math.round(tookMs))),
    arrayLiteral(batch.map(({ cause }) => cause)),
    arrayLiteral(batch.map(({ result }) => result.code)),
    arrayLiteral(batch.map(({ result }) => numberText(result.status))),
    arrayLiteral(batch.map(({ result }) => result.detail?.replaceAll('\0', '') ?? null)),
    arrayLiteral(batch.map(({ result }) => numberText(result.retryAfterMs))),
    byteaArray(batch.map(({ result: { body } }) => body ?? null)),
    arrayLiteral(batch.map(({ traceId }) => traceId ?? null)),
    arrayLiteral(batch.map(({ next }) => (next.kind === 'end' ? next.outcome : null))),
    arrayLiteral(batch.map(({ next }) => (next.kind === 'again' ? numberText(next.delayMs) : null))),
    arrayLiteral(batch.map(({ next }) => (next.kind === 'end' ? null : numberText(next.counted)))),
    arrayLiteral(batch.map(({ jobUuid }) => jobUuid)),
    ownerId,
  ];
}

function numberText(given: number | undefined): string | null {
  return given === undefined ? null : String(given);
}

/** Only of what was written: what is no longer ours, or was written before, is told by whoever wrote it. */
async function announce(tx: Transaction, written: readonly Finished[]): Promise<void> {
  for (const { endpointId, endpointNews } of written)
    for (const news of endpointNews) await announceEndpoint(tx, endpointId, news);
  const news = written.flatMap(({ messageNews }) => (messageNews === undefined ? [] : [messageNews]));
  if (news.length > 0) await announceMessages(tx, news);
}

/**
 * An endpoint that is to hold nothing any more lets go of what holds its keys when it is edited. An answer that comes then to a
 * request from before has to see the edit, or the edit what it wrote: it would hold its key for ever.
 */
async function withoutStaleHolds(tx: Transaction, batch: readonly Finished[]): Promise<readonly Finished[]> {
  const holding = batch.filter(({ next }) => next.kind === 'hold');
  if (holding.length === 0) return batch;
  const rows = await tx.query<{ readonly endpoint_id: string }>(
    `SELECT endpoint_id::text FROM ${tx.schema}.endpoint WHERE endpoint_id = ANY ($1::uuid[]) AND on_exhausted = 'hold'
     ORDER BY endpoint_id FOR SHARE`,
    [holding.map(({ endpointId }) => endpointUuid(endpointId))],
  );
  const holders = new Set(rows.map((row) => row.endpoint_id));
  return batch.map((one) => {
    const { next, messageNews } = one;
    if (next.kind !== 'hold' || holders.has(endpointUuid(one.endpointId))) return one;
    return {
      ...one,
      next: { kind: 'end', outcome: next.instead },
      messageNews: messageNews && { ...messageNews, type: `delivery.message.${next.instead}` },
    };
  });
}

/** In one order, so that two transactions never wait for each other in turn. */
async function writeHealth(
  tx: Transaction,
  news: readonly (Pick<Finished, 'endpointId' | 'tenantId'> & { readonly health: EndpointHealth })[],
): Promise<void> {
  if (news.length === 0) return;
  const rows = news
    .map(({ endpointId, ...rest }) => ({ ...rest, uuid: endpointUuid(endpointId) }))
    .toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
  await tx.query(
    `INSERT INTO ${tx.schema}.endpoint_health AS h
       (endpoint_id, tenant_id, last_success_at, last_failure_at, last_code, failing_since, failures, told)
     SELECT endpoint_id, tenant_id, to_timestamp(last_success_ms / 1000), to_timestamp(last_failure_ms / 1000), last_code,
       to_timestamp(failing_since_ms / 1000), failures, told
     FROM unnest($1::uuid[], $2::text[], $3::double precision[], $4::double precision[], $5::text[], $6::double precision[],
       $7::integer[], $8::smallint[])
       AS given (endpoint_id, tenant_id, last_success_ms, last_failure_ms, last_code, failing_since_ms, failures, told)
     ON CONFLICT (endpoint_id) DO UPDATE SET last_success_at = excluded.last_success_at, last_failure_at = excluded.last_failure_at,
       last_code = excluded.last_code, failing_since = excluded.failing_since, failures = excluded.failures, told = excluded.told`,
    [
      rows.map(({ uuid }) => uuid),
      rows.map(({ tenantId }) => tenantId),
      rows.map(({ health }) => health.lastSuccessAtMs),
      rows.map(({ health }) => health.lastFailureAtMs),
      rows.map(({ health }) => health.lastCode),
      rows.map(({ health }) => health.failingSinceMs),
      rows.map(({ health }) => health.failures),
      rows.map(({ health }) => health.told),
    ],
  );
}

const givenSql = `
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[], $7::integer[],
    $8::text[], $9::text[], $10::smallint[], $11::text[], $12::integer[], $13::bytea[], $14::text[], $15::text[], $16::integer[],
    $17::integer[], $18::uuid[])
    AS g (endpoint_id, event_id, tenant_id, type, message_at, no, took_ms, cause, code, status, detail, retry_after_ms,
      body, trace_id, outcome, delay_ms, counted, job_id)`;

const ownSql = (schema: string): string => `SELECT shard FROM ${schema}.shard WHERE owner = $19::uuid`;

/** By the server's clock, whose partition is there; a moment after the answer. */
const insertAttemptSql = (
  schema: string,
  { nextAt, outcome }: { readonly nextAt: string; readonly outcome: string },
) => `
  INSERT INTO ${schema}.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, status, took_ms, detail,
    retry_after_ms, next_at, outcome, cause, body, trace_id, job_id)
  SELECT now(), g.event_id, g.endpoint_id, g.no, g.tenant_id, g.type, g.message_at, g.code, g.status, g.took_ms, g.detail,
    g.retry_after_ms, ${nextAt}, ${outcome}, g.cause, g.body, g.trace_id, g.job_id
  FROM given g`;

/** Returns those that no task was there for, or not as it was. */
const writeSql = (schema: string): string => `
WITH given AS (${givenSql}
), own AS (${ownSql(schema)}
), ended AS (
  DELETE FROM ${schema}.task t USING given g
  WHERE g.outcome IS NOT NULL AND t.endpoint_id = g.endpoint_id AND t.event_id = g.event_id AND t.attempts = g.no - 1
    AND t.shard IN (SELECT shard FROM own)
  RETURNING t.endpoint_id, t.event_id, NULL::timestamptz AS next_at
), later AS (
  UPDATE ${schema}.task t SET attempts = g.no, counted = g.counted, last_code = g.code,
    -- Without a delay it holds its chain.
    due_at = coalesce(now() + g.delay_ms * interval '1 millisecond', 'infinity')
  FROM given g
  WHERE g.outcome IS NULL AND t.endpoint_id = g.endpoint_id AND t.event_id = g.event_id AND t.attempts = g.no - 1
    AND t.shard IN (SELECT shard FROM own)
  RETURNING t.endpoint_id, t.event_id, CASE WHEN isfinite(t.due_at) THEN t.due_at END AS next_at
), changed AS (SELECT * FROM ended UNION ALL SELECT * FROM later
), written AS (${insertAttemptSql(schema, { nextAt: 'changed.next_at', outcome: 'g.outcome' })}
  JOIN changed ON changed.endpoint_id = g.endpoint_id AND changed.event_id = g.event_id)
SELECT event_id, endpoint_id FROM given EXCEPT ALL SELECT event_id, endpoint_id FROM changed`;

/** Of ours, without a task, and not written before: what fails has no next request, and the end that it had. */
const writeTakenSql = (schema: string): string => `
WITH given AS (${givenSql}
)${insertAttemptSql(schema, { nextAt: 'NULL', outcome: `CASE g.outcome WHEN 'delivered' THEN g.outcome END` })}
WHERE g.endpoint_id IN (SELECT endpoint_id FROM ${schema}.route WHERE shard IN (${ownSql(schema)}))
  AND NOT EXISTS (SELECT FROM ${schema}.task t WHERE t.endpoint_id = g.endpoint_id AND t.event_id = g.event_id)
  AND NOT EXISTS (SELECT FROM ${schema}.attempt a WHERE a.event_id = g.event_id AND a.endpoint_id = g.endpoint_id
    AND a.no >= g.no AND a.at >= g.message_at - interval '1 minute')`;
