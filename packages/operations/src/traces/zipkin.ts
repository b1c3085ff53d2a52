import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

import { getJson } from '../http.ts';
import { type SpanLink, traceIdOfParent, type TraceSpan, type TraceStore } from './port.ts';

/** https://zipkin.io/zipkin-api/#/default/get_trace__traceId_ ; times are microseconds. */
const zipkinSpans = z.array(
  z.object({
    traceId: z.string(),
    id: z.string(),
    parentId: z.string().optional(),
    name: z.string().optional(),
    kind: z.string().optional(),
    timestamp: z.number().optional(),
    duration: z.number().optional(),
    localEndpoint: z.object({ serviceName: z.string().optional() }).optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }),
);

export function createZipkinStore(url: string): TraceStore {
  return {
    title: 'Zipkin',
    async spansOf(traceId, signal) {
      const { status, body } = await getJson('Zipkin', `${url}/api/v2/trace/${traceId}`, signal);
      if (status === 404) return [];
      const parsed = zipkinSpans.safeParse(body);
      if (status !== 200 || !parsed.success) {
        throw new TrunklineError(
          'dependency_unavailable',
          `Zipkin at ${url} answered ${status} with something that is not a trace`,
        );
      }
      return parsed.data.map(spanOf);
    },
    pageOf: (traceId) => `${url}/zipkin/traces/${traceId}`,
    async probe(signal) {
      const { status } = await getJson('Zipkin', `${url}/health`, signal);
      if (status !== 200) throw new TrunklineError('dependency_unavailable', `Zipkin at ${url} answers ${status}`);
    },
  };
}

function spanOf(span: z.infer<typeof zipkinSpans>[number]): TraceSpan {
  const attributes = span.tags ?? {};
  return {
    traceId: span.traceId.padStart(32, '0'),
    spanId: span.id,
    parentSpanId: span.parentId,
    service: span.localEndpoint?.serviceName ?? '?',
    name: span.name ?? '?',
    startUs: span.timestamp ?? 0,
    durationUs: span.duration ?? 0,
    error:
      attributes['error'] ??
      (attributes['otel.status_code'] === 'ERROR' ? (attributes['otel.status_description'] ?? 'failed') : undefined),
    links: linksOf(attributes),
    attributes,
  };
}

/** Zipkin knows no links; our spans repeat theirs as attributes that hold a traceparent. */
function linksOf(attributes: Readonly<Record<string, string>>): readonly SpanLink[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (!name.startsWith('trunkline.link')) return [];
    return value.split(',').flatMap((traceparent) => {
      const traceId = traceIdOfParent(traceparent);
      return traceId === undefined ? [] : [{ traceId, spanId: traceparent.slice(36, 52) }];
    });
  });
}
