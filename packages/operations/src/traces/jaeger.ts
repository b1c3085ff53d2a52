import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

import { getJson } from '../http.ts';
import type { TraceSpan, TraceStore } from './port.ts';

/** The query service's JSON, the one its own page uses; times are microseconds. */
const jaegerAnswer = z.object({
  data: z
    .array(
      z.object({
        spans: z.array(
          z.object({
            traceID: z.string(),
            spanID: z.string(),
            operationName: z.string(),
            references: z.array(z.object({ refType: z.string(), traceID: z.string(), spanID: z.string() })).nullish(),
            startTime: z.number(),
            duration: z.number(),
            tags: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
            processID: z.string(),
          }),
        ),
        processes: z.record(z.string(), z.object({ serviceName: z.string() })),
      }),
    )
    .nullish(),
});

type JaegerSpan = NonNullable<z.infer<typeof jaegerAnswer>['data']>[number]['spans'][number];

export function createJaegerStore(url: string): TraceStore {
  return {
    title: 'Jaeger',
    async spansOf(traceId, signal) {
      const { status, body } = await getJson('Jaeger', `${url}/api/traces/${traceId}`, signal);
      if (status === 404) return [];
      const parsed = jaegerAnswer.safeParse(body);
      if (status !== 200 || !parsed.success) {
        throw new TrunklineError(
          'dependency_unavailable',
          `Jaeger at ${url} answered ${status} with something that is not a trace`,
        );
      }
      return (parsed.data.data ?? []).flatMap((trace) =>
        trace.spans.map((span) => spanOf(span, trace.processes[span.processID]?.serviceName ?? '?')),
      );
    },
    pageOf: (traceId) => `${url}/trace/${traceId}`,
    async probe(signal) {
      const { status } = await getJson('Jaeger', `${url}/api/services`, signal);
      if (status !== 200) throw new TrunklineError('dependency_unavailable', `Jaeger at ${url} answers ${status}`);
    },
  };
}

function spanOf(span: JaegerSpan, service: string): TraceSpan {
  const traceId = span.traceID.padStart(32, '0');
  const references = (span.references ?? []).map((reference) => ({
    ...reference,
    traceID: reference.traceID.padStart(32, '0'),
  }));
  const own = references.filter((reference) => reference.traceID === traceId);
  // Of a span that has a parent and a link to it, Jaeger keeps the link alone. A link to another span of the trace comes
  // behind the parent, and a span without a parent has none.
  const parent = own.find(({ refType }) => refType === 'CHILD_OF') ?? own[0];
  const attributes = Object.fromEntries((span.tags ?? []).map(({ key, value }) => [key, String(value)]));
  return {
    traceId,
    spanId: span.spanID,
    parentSpanId: parent?.spanID,
    service,
    name: span.operationName,
    startUs: span.startTime,
    durationUs: span.duration,
    error:
      attributes['error'] === 'true' || attributes['otel.status_code'] === 'ERROR'
        ? (attributes['otel.status_description'] ?? 'failed')
        : undefined,
    links: references
      .filter((reference) => reference !== parent)
      .map((reference) => ({ traceId: reference.traceID, spanId: reference.spanID })),
    attributes,
  };
}
