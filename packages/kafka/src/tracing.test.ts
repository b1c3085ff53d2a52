import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { TrunklineError } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { IncomingRecord, OutgoingRecord } from './ports.ts';
import { recordOf } from './testing/records.ts';
import { recordSpans } from './testing/span-recorder.ts';
import { extractTrace, injectTrace, maxTraceGapMs, parseTraceparent, startProcessSpan, startSend } from './tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const span = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
const traceparent = `00-${traceId}-${spanId}-01`;

describe('trace headers', () => {
  it('carry the span, and at the first publish become the origin', () => {
    expect(injectTrace({ ce_id: 'e' }, span)).toEqual({ ce_id: 'e', traceparent, 'x-origin-traceparent': traceparent });
  });

  it('of a later publish replace the span and keep the origin', () => {
    const origin = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const headers = { traceparent: origin, tracestate: 'vendor=old', 'x-origin-traceparent': origin };

    expect(injectTrace(headers, span)).toEqual({ traceparent, 'x-origin-traceparent': origin });
  });

  it.each([
    ['there is no telemetry', ROOT_CONTEXT],
    ['nothing is traced', trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT)],
  ])('stay as they are when %s', (_when, parent) => {
    const records = ['evt_1', 'evt_2'].map((id) => ({
      ...recordOf('t', id),
      headers: { traceparent: 'whatever the sender wrote' },
    }));

    const sent = startSend(records, parent);

    expect(sent.records).toEqual(records);
  });

  it('are read back', () => {
    expect(extractTrace({ traceparent })).toEqual({ ...span, isRemote: true });
    expect(extractTrace({})).toBeUndefined();
  });

  it.each([
    '',
    'garbage',
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
  ])('that are not valid are ignored: "%s"', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('spans', () => {
  let recorder: ReturnType<typeof recordSpans>;

  beforeEach(() => {
    recorder = recordSpans();
  });

  afterEach(() => {
    recorder.stop();
  });

  function incoming(headers: Record<string, string>, ageMs = 0): IncomingRecord {
    const timestampMs = Date.now() - ageMs;
    return { topic: 't', partition: 2, offset: 9n, timestampMs, key: null, value: null, headers, sizeBytes: 0 };
  }

  function fromOutbox(origin: string): OutgoingRecord {
    return { ...recordOf('t', 'req_1'), headers: { 'x-origin-traceparent': origin } };
  }

  it('of a publish are one, and every record carries it', () => {
    const sent = startSend([recordOf('t', 'evt_1'), recordOf('u', 'evt_2')]);
    sent.end();

    const [found] = recorder.spans;
    expect(recorder.spans.map(({ name, ended }) => [name, ended])).toEqual([['send', true]]);
    expect(found?.options.kind).toBe(SpanKind.PRODUCER);
    expect(found?.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': 2,
      'trunkline.topics': ['t', 'u'],
    });
    expect(sent.records.map(({ headers }) => extractTrace(headers)?.spanId)).toEqual([
      found?.context.spanId,
      found?.context.spanId,
    ]);
  });

  it('of one record name its topic and its event', () => {
    startSend([recordOf('t', 'evt_1')]).end();

    expect(recorder.spans[0]).toMatchObject({
      name: 'send t',
      attributes: { 'messaging.destination.name': 't', 'messaging.message.id': 'evt_1' },
    });
  });

  it('of a publish in a trace that is not sampled are none, and the records carry on that it is not', () => {
    const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.NONE });

    const sent = startSend([recordOf('t', 'evt_1')], parent);
    sent.end();

    expect(recorder.spans).toEqual([]);
    expect(sent.records[0]?.headers).toMatchObject({ traceparent: `00-${traceId}-${spanId}-00` });
  });

  it('of a record that comes with a trace, as one from an outbox does, go on with it', () => {
    const sent = startSend([fromOutbox(traceparent)]);
    sent.end();

    expect(recorder.spans.map(({ parent }) => parent?.spanId)).toEqual([spanId]);
    expect(extractTrace(sent.records[0]?.headers ?? {})?.spanId).toBe(recorder.spans[0]?.context.spanId);
    expect(sent.records[0]?.headers['x-origin-traceparent']).toBe(traceparent);
  });

  it('of several such records are one, and each record goes on with its own trace', () => {
    const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

    const sent = startSend([fromOutbox(traceparent), fromOutbox(other), recordOf('t', 'evt_2')]);
    sent.end();

    expect(recorder.spans).toHaveLength(1);
    expect(sent.records.map(({ headers }) => extractTrace(headers)?.traceId)).toEqual([
      traceId,
      '1'.repeat(32),
      recorder.spans[0]?.context.traceId,
    ]);
  });

  it('of a failed publish say the code and nothing of the error', () => {
    startSend([recordOf('t', 'evt_1')]).end(new TrunklineError('overloaded', 'too much'));

    expect(recorder.spans[0]?.attributes['error.type']).toBe('overloaded');
  });

  it('of an attempt are children of the record, linked to its first publish', () => {
    const origin = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

    startProcessSpan(
      incoming({ traceparent, 'x-origin-traceparent': origin, ce_id: 'evt_1' }, 10 * maxTraceGapMs),
      'g',
    ).end();

    const [found] = recorder.spans;
    expect(found?.name).toBe('process t');
    expect(found?.parent).toMatchObject(span);
    expect(found?.options.links?.map(({ context }) => context.traceId)).toEqual(['1'.repeat(32)]);
    expect(found?.attributes).toMatchObject({
      'messaging.consumer.group.name': 'g',
      'messaging.destination.partition.id': '2',
      'messaging.kafka.offset': 9,
      'messaging.message.id': 'evt_1',
    });
    expect(found?.ended).toBe(true);
  });

  it('of a first attempt have the publish as their parent alone: a link to it as well would take its place in Jaeger', () => {
    startProcessSpan(incoming({ traceparent, 'x-origin-traceparent': traceparent }), 'g').end();

    const [found] = recorder.spans;
    expect(found?.parent).toMatchObject(span);
    expect(found?.options.links).toEqual([]);
  });

  it('of a retry stay in the trace up to a minute, and begin a linked one after that', () => {
    const headers = { traceparent, 'x-retry-attempt': '1' };

    startProcessSpan(incoming(headers, maxTraceGapMs - 5_000), 'g').end();
    startProcessSpan(incoming(headers, maxTraceGapMs + 5_000), 'g').end();

    const [soon, late] = recorder.spans;
    expect(soon?.parent).toMatchObject(span);
    expect(late?.parent).toBeUndefined();
    expect(late?.options.links?.map(({ context }) => context.spanId)).toEqual([spanId]);
  });

  it('of a record without a trace begin one', () => {
    startProcessSpan(incoming({}), 'g').end();

    expect(recorder.spans[0]?.parent).toBeUndefined();
    expect(recorder.spans[0]?.options.links).toEqual([]);
  });
});
