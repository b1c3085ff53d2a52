import {
  type Attributes,
  type Context,
  context,
  type Counter,
  type Histogram,
  isSpanContextValid,
  type Link,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { classify } from '@trunkline/core';
import { headerName } from '@trunkline/events';

import type { IncomingRecord, OutgoingRecord } from './ports.ts';

const scope = '@trunkline/kafka';

/** A record that waited longer than this for its next attempt starts a trace of its own, linked to the old one. */
export const maxTraceGapMs = 60_000;

/** https://opentelemetry.io/docs/specs/semconv/messaging/kafka/ */
const attribute = {
  system: 'messaging.system',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  group: 'messaging.consumer.group.name',
  offset: 'messaging.kafka.offset',
  messageId: 'messaging.message.id',
  errorType: 'error.type',
} as const;

export interface SendSpans {
  /** The records with the trace headers of their spans. */
  readonly records: readonly OutgoingRecord[];
  end(error?: unknown): void;
}

/**
 * A `send <topic>` span per record, as a child of the active context, put into the record's trace headers. The origin
 * header is written at the first publish and kept by every later one.
 */
export function startSendSpans(records: readonly OutgoingRecord[]): SendSpans {
  const startedAtMs = performance.now();
  const spans: Span[] = [];
  const traced = records.map((record) => {
    const span = trace.getTracer(scope).startSpan(`send ${record.topic}`, {
      kind: SpanKind.PRODUCER,
      attributes: { ...operation('send', record.topic), ...messageId(record.headers) },
    });
    spans.push(span);
    const headers = injectTrace(record.headers, span.spanContext());
    return headers === record.headers ? record : { ...record, headers };
  });

  function end(error?: unknown): void {
    const failure = error === undefined ? {} : { [attribute.errorType]: classify(error).code };
    const seconds = (performance.now() - startedAtMs) / 1_000;
    for (const span of spans) endSpan(span, error);
    for (const [topic, count] of countByTopic(records)) {
      instruments().sent.add(count, { ...operation('send', topic), ...failure });
      instruments().operationDuration.record(seconds, { ...operation('send', topic), ...failure });
    }
  }
  return { records: traced, end };
}

export interface ProcessSpan {
  readonly span: Span;
  /** The context in which the handler runs. */
  readonly context: Context;
  end(error?: unknown): void;
}

/**
 * The `process <topic>` span of one attempt: a child of the record's trace; of a record that waited more than a minute
 * on a retry or redrive topic the root of a new trace with a link. Always linked to the trace of the first publish.
 */
export function startProcessSpan(record: IncomingRecord, group: string): ProcessSpan {
  const startedAtMs = performance.now();
  const parent = extractTrace(record.headers);
  const isNewTrace = parent === undefined || isLateRetry(record);
  const attributes = {
    ...operation('process', record.topic),
    [attribute.group]: group,
    [attribute.partition]: String(record.partition),
    [attribute.offset]: Number(record.offset),
    ...messageId(record.headers),
  };
  const span = trace.getTracer(scope).startSpan(
    `process ${record.topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes,
      links: linksOf(record, isNewTrace ? parent : undefined),
      root: isNewTrace,
    },
    isNewTrace ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
  );

  function end(error?: unknown): void {
    endSpan(span, error);
    const failure = error === undefined ? {} : { [attribute.errorType]: classify(error).code };
    instruments().processDuration.record((performance.now() - startedAtMs) / 1_000, {
      ...operation('process', record.topic),
      [attribute.group]: group,
      ...failure,
    });
  }
  return { span, context: trace.setSpan(context.active(), span), end };
}

/** Counts what a pump handed over. */
export function countConsumed(topic: string, group: string, count: number): void {
  instruments().consumed.add(count, { ...operation('poll', topic, 'receive'), [attribute.group]: group });
}

/** Headers with the W3C trace headers of `span`; the same object when there is no trace to speak of. */
export function injectTrace(
  headers: Readonly<Record<string, string>>,
  span: SpanContext,
): Readonly<Record<string, string>> {
  if (!isSpanContextValid(span)) return headers;
  const traceparent = `00-${span.traceId}-${span.spanId}-${(span.traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
  const { [headerName.tracestate]: _replaced, ...rest } = headers;
  const tracestate = span.traceState?.serialize();
  return {
    [headerName.originTraceparent]: traceparent,
    ...rest,
    [headerName.traceparent]: traceparent,
    ...(tracestate === undefined || tracestate === '' ? {} : { [headerName.tracestate]: tracestate }),
  };
}

/** The trace a record belongs to, if its headers name one. */
export function extractTrace(headers: Readonly<Record<string, string>>): SpanContext | undefined {
  return parseTraceparent(headers[headerName.traceparent]);
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(text ?? '');
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const found: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  return isSpanContextValid(found) ? found : undefined;
}

function linksOf(record: IncomingRecord, left: SpanContext | undefined): Link[] {
  const origin = parseTraceparent(record.headers[headerName.originTraceparent]);
  return [left, origin].filter((found) => found !== undefined).map((found) => ({ context: found }));
}

function isLateRetry({ headers, timestampMs }: IncomingRecord): boolean {
  const isCopy = headers[headerName.retryAttempt] !== undefined || headers[headerName.redriveId] !== undefined;
  return isCopy && Date.now() - timestampMs > maxTraceGapMs;
}

function operation(name: string, topic: string, type: string = name): Attributes {
  return {
    [attribute.system]: 'kafka',
    [attribute.operationName]: name,
    [attribute.operationType]: type,
    [attribute.destination]: topic,
  };
}

function messageId(headers: Readonly<Record<string, string>>): Attributes {
  const id = headers[headerName.id];
  return id === undefined ? {} : { [attribute.messageId]: id };
}

/** The code only: a foreign error's message may quote the record. */
function endSpan(span: Span, error: unknown): void {
  if (error !== undefined) {
    const { code } = classify(error);
    span.setAttribute(attribute.errorType, code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }
  span.end();
}

function countByTopic(records: readonly OutgoingRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}

interface Instruments {
  readonly sent: Counter;
  readonly consumed: Counter;
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
}

let made: Instruments | undefined;

/** Made at the first use: by then the process has registered its meter provider, if it has one. */
function instruments(): Instruments {
  if (made !== undefined) return made;
  const meter = metrics.getMeter(scope);
  made = {
    sent: meter.createCounter('messaging.client.sent.messages', { unit: '{message}' }),
    consumed: meter.createCounter('messaging.client.consumed.messages', { unit: '{message}' }),
    operationDuration: meter.createHistogram('messaging.client.operation.duration', { unit: 's' }),
    processDuration: meter.createHistogram('messaging.process.duration', { unit: 's' }),
  };
  return made;
}
