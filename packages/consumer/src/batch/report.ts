import { context, isSpanContextValid } from '@opentelemetry/api';
import type { Clock, TrunklineError } from '@trunkline/core';
import type { IncomingRecord, ProcessSpan } from '@trunkline/kafka';
import { type AttemptLine, wideEvent } from '@trunkline/runtime';

import { describe } from '../failures/exception-headers.ts';
import type { ConsumerLog, ConsumerMetrics } from '../ports.ts';
import type { EffectOutcome } from './apply.ts';
import type { DecodedRecord } from './decode.ts';
import type { Origin } from './origin.ts';

/** One record on its way through a batch. */
export interface Attempt {
  readonly source: IncomingRecord;
  readonly origin: Origin;
  /** Absent when the record could not be read. */
  readonly decoded?: DecodedRecord;
  readonly span: ProcessSpan;
  readonly startedAtMs: number;
}

export type AttemptOutcome = EffectOutcome | 'retry' | 'dead_letter';

export interface Finish {
  readonly outcome: AttemptOutcome;
  readonly error?: TrunklineError;
  readonly nextTopic?: string;
}

export interface ReportOptions {
  readonly group: string;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly metrics: ConsumerMetrics;
}

/** Ends the span, writes the one wide line and counts: the last thing that happens to an attempt. */
export function createReport({
  group,
  clock,
  log,
  metrics,
}: ReportOptions): (attempt: Attempt, finish: Finish) => void {
  return (attempt, finish) => {
    const nowMs = clock();
    const { source, origin, decoded, span } = attempt;
    const metadata = decoded?.consumed.record.metadata;
    const failed = finish.outcome === 'retry' || finish.outcome === 'dead_letter';
    const line: AttemptLine = {
      event: wideEvent.attempt.event,
      ...idsOf(decoded),
      type: metadata?.type,
      tenantId: metadata?.tenantId,
      group,
      handler: decoded?.handler?.name,
      topic: source.topic,
      partition: source.partition,
      offset: String(source.offset),
      via: origin.via,
      attempt: origin.attempts + 1,
      outcome: finish.outcome,
      code: finish.error?.code,
      reason: finish.error === undefined ? undefined : describe(finish.error),
      nextTopic: finish.nextTopic,
      totalMs: nowMs - attempt.startedAtMs,
      lagMs: attempt.startedAtMs - source.timestampMs,
    };
    const level = failed ? 'warn' : 'info';
    // The log names the trace; of a span that nothing traces there is none to name.
    if (isSpanContextValid(span.span.spanContext()))
      context.with(span.context, () => log[level](line, wideEvent.attempt.message));
    else log[level](line, wideEvent.attempt.message);
    // A label must come from a closed list: of a record that cannot be read nothing is believed.
    const labels = { source: sourceLabel(decoded), status: finish.outcome };
    metrics.count('webhooks_processed_total', { ...labels, event: typeLabel(decoded) });
    metrics.seconds('webhook_processing_seconds', labels, (nowMs - attempt.startedAtMs) / 1_000);
    span.span.setAttribute('trunkline.outcome', finish.outcome);
    span.end(failed ? finish.error : undefined);
  };
}

/** What no handler wants leaves no row and no copy: it is counted, and the first event of each type is told. */
export function createIgnore({ group, log, metrics }: Omit<ReportOptions, 'clock'>): (decoded: DecodedRecord) => void {
  const told = new Set<string>();
  return (decoded) => {
    const { type } = decoded.consumed;
    metrics.count('webhooks_processed_total', {
      source: sourceLabel(decoded),
      event: typeLabel(decoded),
      status: 'ignored',
    });
    if (told.has(type)) return;
    told.add(type);
    log.info({ event: 'type_ignored', group, type, topic: decoded.origin.topic }, 'no handler wants this type');
  };
}

function typeLabel(decoded: DecodedRecord | undefined): string {
  return decoded?.isKnownType === true ? decoded.consumed.type : 'unknown';
}

/** A request comes from no source. */
function sourceLabel(decoded: DecodedRecord | undefined): string {
  if (decoded === undefined) return 'unknown';
  const { metadata } = decoded.consumed.record;
  return 'sourceId' in metadata ? metadata.sourceId : 'none';
}

type Ids = Pick<AttemptLine, 'eventId' | 'requestId' | 'causedBy' | 'sourceId' | 'deliveryId'>;

const noIds: Ids = {
  eventId: undefined,
  requestId: undefined,
  causedBy: undefined,
  sourceId: undefined,
  deliveryId: undefined,
};

function idsOf(decoded: DecodedRecord | undefined): Ids {
  if (decoded === undefined) return noIds;
  const { metadata } = decoded.consumed.record;
  if ('requestId' in metadata) return { ...noIds, requestId: metadata.requestId, causedBy: metadata.causedBy };
  const { eventId, sourceId, deliveryId } = metadata;
  return { ...noIds, eventId, sourceId, deliveryId };
}
