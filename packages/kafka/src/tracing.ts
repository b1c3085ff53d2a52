import {
  type Attributes,
  type Context,
  context,
  type Counter,
  type Histogram,
  isSpanContextValid,
  type Link,
  metrics,
  type ObservableResult,
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
  messageCount: 'messaging.batch.message_count',
  /** Of ours: where what was sent together went, if not to one topic. */
  topics: 'trunkline.topics',
  errorType: 'error.type',
} as const;

export interface Send {
  /** The records with the trace headers of this publish. */
  readonly records: readonly OutgoingRecord[];
  end(error?: unknown): void;
}

/**
 * One `send` span for what is published together, as a child of the active span, put into the trace headers of every
 * record. The origin header is written at the first publish and kept by every later one. A trace that is not sampled
 * goes on in the headers, so that nobody behind starts another, and costs no span.
 *
 * Where no span is active, records that come with a trace go on with their own, each with its: those from an outbox.
 */
export function startSend(records: readonly OutgoingRecord[], parent: Context = context.active()): Send {
  const active = trace.getSpanContext(parent);
  const [only] = records.length === 1 ? records : [];
  const above = active ?? (only === undefined ? undefined : ownTrace(only.headers));
  const span = above === undefined || isSampled(above) ? startSendSpan(records, within(parent, above)) : undefined;
  const place = validOf(span?.spanContext() ?? above);

  function end(error?: unknown): void {
    if (span !== undefined) endSpan(span, error);
    countSent(records, error);
  }
  const placeOf = ({ headers }: OutgoingRecord): SpanContext | undefined =>
    above === undefined ? (ownTrace(headers) ?? place) : place;
  return { records: carrying(records, placeOf), end };
}

/** Asked once for all records: it goes over every letter of the ids. A process without telemetry has no valid one. */
function validOf(place: SpanContext | undefined): SpanContext | undefined {
  return place !== undefined && isSpanContextValid(place) ? place : undefined;
}

function within(parent: Context, above: SpanContext | undefined): Context {
  return above === undefined ? parent : trace.setSpanContext(parent, above);
}

function startSendSpan(records: readonly OutgoingRecord[], parent: Context): Span {
  const first = records[0]?.topic;
  const only = records.every(({ topic }) => topic === first) ? first : undefined;
  const name = only === undefined ? 'send' : `send ${only}`;
  const span = trace.getTracer(scope).startSpan(name, { kind: SpanKind.PRODUCER }, parent);
  if (!span.isRecording()) return span;
  span.setAttributes({
    ...operation('send'),
    [attribute.destination]: only,
    [attribute.messageCount]: records.length,
    [attribute.topics]: only === undefined ? topicsOf(records) : undefined,
    ...(records.length === 1 ? messageId(records[0]?.headers ?? {}) : {}),
  });
  return span;
}

/** A delivery goes to its archive and one or two more; a span is not the place for a list. */
const mostToldTopics = 10;

function topicsOf(records: readonly OutgoingRecord[]): string[] {
  return [...new Set(records.map(({ topic }) => topic))].slice(0, mostToldTopics);
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

function carrying(
  records: readonly OutgoingRecord[],
  placeOf: (record: OutgoingRecord) => SpanContext | undefined,
): readonly OutgoingRecord[] {
  return records.map((record) => {
    const place = placeOf(record);
    return place === undefined ? record : { ...record, headers: injectTrace(record.headers, place) };
  });
}

export interface ProcessSpan {
  readonly span: Span;
  /** The context in which the handler runs. */
  readonly context: Context;
  end(error?: unknown): void;
}

/**
 * The `process <topic>` span of one attempt: a child of the record's trace; of a record that waited more than a minute
 * on a retry or redrive topic the root of a new trace with a link. Linked to the first publish, too, where that is not its
 * parent.
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
      links: linksOf(record, { parent, isNewTrace }),
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

/** Headers with the W3C trace headers of `span`, which is a valid one. */
export function injectTrace(
  headers: Readonly<Record<string, string>>,
  span: SpanContext,
): Readonly<Record<string, string>> {
  const traceparent = `00-${span.traceId}-${span.spanId}-${(span.traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
  const tracestate = span.traceState?.serialize() ?? '';
  // A whole copy first, which the engine makes at once; without a member, or behind another, it goes member by member.
  const carried: Record<string, string> = { ...headers };
  carried[headerName.originTraceparent] ??= traceparent;
  carried[headerName.traceparent] = traceparent;
  if (tracestate !== '') carried[headerName.tracestate] = tracestate;
  else if (headerName.tracestate in carried) delete carried[headerName.tracestate];
  return carried;
}

/** The trace a record belongs to, if its headers name one. */
export function extractTrace(headers: Readonly<Record<string, string>>): SpanContext | undefined {
  return parseTraceparent(headers[headerName.traceparent]);
}

/** What caused a record that nobody has published yet. */
function ownTrace(headers: Readonly<Record<string, string>>): SpanContext | undefined {
  const text = headers[headerName.traceparent] ?? headers[headerName.originTraceparent];
  return text === undefined ? undefined : parseTraceparent(text);
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

function linksOf(
  record: IncomingRecord,
  { parent, isNewTrace }: { readonly parent: SpanContext | undefined; readonly isNewTrace: boolean },
): Link[] {
  const origin = parseTraceparent(record.headers[headerName.originTraceparent]);
  const left = isNewTrace ? parent : undefined;
  // A link to the parent would say nothing more, and Jaeger keeps it in the place of the parent.
  const first = origin?.spanId === parent?.spanId ? undefined : origin;
  return [left, first].filter((found) => found !== undefined).map((found) => ({ context: found }));
}

function isLateRetry({ headers, timestampMs }: IncomingRecord): boolean {
  const isCopy = headers[headerName.retryAttempt] !== undefined || headers[headerName.redriveId] !== undefined;
  return isCopy && Date.now() - timestampMs > maxTraceGapMs;
}

function operation(name: string, topic?: string, type: string = name): Attributes {
  return {
    [attribute.system]: 'kafka',
    [attribute.operationName]: name,
    [attribute.operationType]: type,
    ...(topic === undefined ? {} : { [attribute.destination]: topic }),
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

/** Records by topic and, where they failed, by code: plain numbers, which OpenTelemetry asks for when it is asked. */
const sent = new Map<string, Map<string | undefined, number>>();

function countSent(records: readonly OutgoingRecord[], error: unknown): void {
  const failure = error === undefined ? undefined : classify(error).code;
  for (const { topic } of records) {
    let counts = sent.get(topic);
    if (counts === undefined) sent.set(topic, (counts = new Map<string | undefined, number>()));
    counts.set(failure, (counts.get(failure) ?? 0) + 1);
  }
  instruments();
}

/** How long a broker was waited for: one request, whatever goes together in it. */
export function timeRequest(seconds: number, error: unknown): void {
  const failure = error === undefined ? undefined : classify(error).code;
  instruments().operationDuration.record(seconds, { ...operation('send'), ...failed(failure) });
}

function failed(code: string | undefined): Attributes {
  return code === undefined ? {} : { [attribute.errorType]: code };
}

function observeSent(result: ObservableResult): void {
  for (const [topic, counts] of sent) {
    for (const [code, count] of counts) result.observe(count, { ...operation('send', topic), ...failed(code) });
  }
}

interface Instruments {
  readonly consumed: Counter;
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
}

let made: Instruments | undefined;

/** Made at the first use: by then the process has registered its meter provider, if it has one. */
function instruments(): Instruments {
  if (made !== undefined) return made;
  const meter = metrics.getMeter(scope);
  meter.createObservableCounter('messaging.client.sent.messages', { unit: '{message}' }).addCallback(observeSent);
  made = {
    consumed: meter.createCounter('messaging.client.consumed.messages', { unit: '{message}' }),
    operationDuration: meter.createHistogram('messaging.client.operation.duration', { unit: 's' }),
    processDuration: meter.createHistogram('messaging.process.duration', { unit: 's' }),
  };
  return made;
}
