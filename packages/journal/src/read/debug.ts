import { TrunklineError } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import { latencyBoundsMs } from '../write/rollups.ts';
import { Conditions } from './conditions.ts';
import { inScope, type TenantScope } from './scope.ts';

/** What happened to webhooks lately, in ids, names and codes: nothing of it is a payload or a person's. */
export interface DebugSummary {
  readonly source: string | undefined;
  readonly hours: number;
  /** The newest steps, newest first. */
  readonly logs: readonly DebugLog[];
  /** From the counts, so that they are exact however much there was. */
  readonly metrics: {
    /** Authentic requests by verdict: normalised, partial, unnormalised, ignored. */
    readonly deliveries: Readonly<Record<string, number>>;
    /** Events by type. */
    readonly events: Readonly<Record<string, number>>;
    /** Refused requests by `<step>/<code>`, those without a record included. */
    readonly rejections: Readonly<Record<string, number>>;
    /** Failed runs by `<group>/<code>`. */
    readonly retries: Readonly<Record<string, number>>;
    readonly deadLetters: Readonly<Record<string, number>>;
    readonly redrives: Readonly<Record<string, number>>;
    /** From receipt to append; undefined without an event. Bounds of classes, so at most so long. */
    readonly latency: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number } | undefined;
  };
  readonly summary: {
    /** Webhooks that came in: deliveries, and refused requests. */
    readonly totalEvents: number;
    /** The part of them that was accepted, understood, and not dead-lettered; 1 is all. Undefined where none came. */
    readonly successRate: number | undefined;
    /** What went wrong, the most frequent first, ten at most. */
    readonly commonErrors: readonly { readonly where: string; readonly code: string; readonly count: number }[];
  };
}

export interface DebugLog {
  readonly at: string;
  readonly what: 'event' | 'delivery' | 'rejection' | 'retry' | 'dead' | 'redrive';
  readonly tenant: string;
  readonly source: string | undefined;
  readonly deliveryId: string | undefined;
  readonly eventId: string | undefined;
  readonly traceId: string | undefined;
  /** The event's type, the verdict, the step that refused, the group that failed. */
  readonly name: string;
  readonly code: string | undefined;
}

export interface DebugQuestion {
  readonly scope: TenantScope;
  readonly source?: string | undefined;
  readonly hours: number;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

export const mostDebugHours = 168;
const mostLogs = 50;
const mostErrors = 10;
const hourMs = 3_600_000;

/** Throws `config_invalid` when `hours` is no whole number from 1 to 168. */
export async function readDebugSummary(database: Database, question: DebugQuestion): Promise<DebugSummary> {
  const { scope, source, hours, signal } = question;
  if (!Number.isInteger(hours) || hours < 1 || hours > mostDebugHours)
    throw new TrunklineError('config_invalid', `hours is a whole number from 1 to ${mostDebugHours}`);
  return await inScope(
    database,
    scope,
    async (tx) => {
      const counts = await readCounts(tx, question);
      const logs = await readLogs(tx, question);
      return { source, hours, logs, metrics: metricsOf(counts), summary: summaryOf(counts) };
    },
    signal,
  );
}

interface Count {
  readonly kind: string;
  readonly name: string;
  readonly count: number;
  readonly latency: readonly number[];
}

async function readCounts(tx: Transaction, { source, hours, nowMs }: DebugQuestion): Promise<readonly Count[]> {
  const where = new Conditions();
  where.add('minute >= to_timestamp(?::double precision / 1000)', nowMs - hours * hourMs);
  if (source !== undefined) where.add('source = ?', source);
  const rows = await tx.query<Omit<Count, 'count' | 'latency'> & { count: string; latency: readonly string[] }>(
    `SELECT kind, name, sum(count)::text AS count,
       ARRAY[${latencyBoundsMs
         .concat(0)
         .map((_, index) => `sum(latency[${index + 1}])::text`)
         .join(', ')}] AS latency
     FROM journal.rollup WHERE ${where.sql} GROUP BY kind, name ORDER BY sum(count) DESC, kind, name`,
    where.values,
  );
  return rows.map(({ kind, name, count, latency }) => ({
    kind,
    name,
    count: Number(count),
    latency: latency.map(Number),
  }));
}

function metricsOf(counts: readonly Count[]): DebugSummary['metrics'] {
  const by = (...kinds: readonly string[]): Readonly<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const { kind, name, count } of counts) if (kinds.includes(kind)) sums[name] = (sums[name] ?? 0) + count;
    return sums;
  };
  return {
    deliveries: by('verdict'),
    events: by('type'),
    rejections: by('rejection', 'suppressed'),
    retries: by('retry'),
    deadLetters: by('dead'),
    redrives: by('redrive'),
    latency: latencyOf(counts.filter(({ kind }) => kind === 'type')),
  };
}

function latencyOf(counts: readonly Count[]): DebugSummary['metrics']['latency'] {
  const classes = [...latencyBoundsMs, Number.POSITIVE_INFINITY].map((bound, index) => ({
    bound,
    count: counts.reduce((sum, { latency }) => sum + (latency[index] ?? 0), 0),
  }));
  const total = classes.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const at = (share: number): number => {
    let seen = 0;
    const found = classes.find(({ count }) => (seen += count) >= total * share);
    // What is slower than the last bound has none: the bound says "more than this" well enough.
    return Math.min(found?.bound ?? 0, latencyBoundsMs.at(-1) ?? 0);
  };
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

const understood: readonly string[] = ['normalised', 'ignored'];

function summaryOf(counts: readonly Count[]): DebugSummary['summary'] {
  const sum = (...kinds: readonly string[]): number =>
    counts.reduce((total, { kind, count }) => (kinds.includes(kind) ? total + count : total), 0);
  const refused = sum('rejection', 'suppressed');
  const total = sum('verdict') + refused;
  const notUnderstood = counts.filter(({ kind, name }) => kind === 'verdict' && !understood.includes(name));
  const failed = refused + notUnderstood.reduce((all, { count }) => all + count, 0) + sum('dead');
  return {
    totalEvents: total,
    successRate: total === 0 ? undefined : Math.max(0, 1 - failed / total),
    commonErrors: errorsOf(counts, notUnderstood),
  };
}

function errorsOf(counts: readonly Count[], notUnderstood: readonly Count[]): DebugSummary['summary']['commonErrors'] {
  const errors = new Map<string, { readonly where: string; readonly code: string; count: number }>();
  const add = (where: string, code: string, count: number): void => {
    const known = errors.get(`${where} ${code}`);
    if (known === undefined) errors.set(`${where} ${code}`, { where, code, count });
    else known.count += count;
  };
  for (const { name, count } of notUnderstood) add('normalising', name, count);
  for (const { kind, name, count } of counts) {
    if (!['rejection', 'suppressed', 'retry', 'dead'].includes(kind)) continue;
    const [where = '', code = ''] = name.split('/');
    add(where, code, count);
  }
  return [...errors.values()].toSorted((left, right) => right.count - left.count).slice(0, mostErrors);
}

interface LogColumns {
  readonly at: string;
  readonly what: DebugLog['what'];
  readonly tenant: string;
  readonly source: string | null;
  readonly delivery_id: string | null;
  readonly event_id: string | null;
  readonly is_request: boolean;
  readonly trace_id: string | null;
  readonly name: string;
  readonly code: string | null;
}

async function readLogs(tx: Transaction, { source, hours, nowMs }: DebugQuestion): Promise<readonly DebugLog[]> {
  const values: unknown[] = [nowMs - hours * hourMs];
  if (source !== undefined) values.push(source);
  const ofSource =
    source === undefined ? '' : `AND source = (SELECT id FROM journal.name WHERE kind = 'source' AND name.name = $2)`;
  const newest = (select: string, table: string): string =>
    `(SELECT ${select} FROM journal.${table} WHERE appended_at >= to_timestamp($1::double precision / 1000) ${ofSource}
      ORDER BY appended_at DESC LIMIT ${mostLogs})`;
  const rows = await tx.query<LogColumns>(
    `SELECT to_char(log.appended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, log.what,
       log.tenant_id AS tenant, source.name AS source, log.delivery_id::text, log.event_id::text, log.is_request,
       log.trace_id::text, coalesce(log.name, named.name, '') AS name, code.name AS code
     FROM (
       ${newest(`appended_at, 'event' AS what, tenant_id, source, delivery_id, event_id, false AS is_request, trace_id, NULL AS name, type AS named, NULL::integer AS code`, 'event')}
       UNION ALL
       ${newest(`appended_at, 'delivery', tenant_id, source, delivery_id, NULL, false, trace_id, verdict, NULL, NULL`, 'delivery')}
       UNION ALL
       ${newest(`appended_at, 'rejection', tenant_id, source, delivery_id, NULL, false, trace_id, step, NULL, code`, 'rejection')}
       UNION ALL
       ${newest(`appended_at, kind, tenant_id, source, NULL, event_id, is_request, trace_id, NULL, grp, code`, 'step')}
     ) log
     LEFT JOIN journal.name source ON source.id = log.source
     LEFT JOIN journal.name named ON named.id = log.named
     LEFT JOIN journal.name code ON code.id = log.code
     ORDER BY log.appended_at DESC LIMIT ${mostLogs}`,
    values,
  );
  return rows.map((row) => ({
    at: row.at,
    what: row.what,
    tenant: row.tenant,
    source: row.source ?? undefined,
    deliveryId: row.delivery_id === null ? undefined : `dlv_${row.delivery_id.replaceAll('-', '')}`,
    eventId:
      row.event_id === null ? undefined : `${row.is_request ? 'req' : 'evt'}_${row.event_id.replaceAll('-', '')}`,
    traceId: row.trace_id?.replaceAll('-', ''),
    name: row.name,
    code: row.code ?? undefined,
  }));
}
