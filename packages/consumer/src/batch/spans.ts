import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { classify } from '@trunkline/core';
import type { ProcessSpan } from '@trunkline/kafka';

const scope = '@trunkline/consumer';

/**
 * Runs one transaction inside a `batch <group>` span. The transaction of many events cannot be a child of each, so
 * the span is a root of its own and linked both ways (an SDK keeps 128 links of a span, and a batch may have more
 * events); the transaction of one event is a direct child, so that its trace is one tree from request to row.
 */
export async function inBatchSpan<T>(
  group: string,
  processSpans: readonly ProcessSpan[],
  run: () => Promise<T>,
): Promise<T> {
  const [only] = processSpans.length === 1 ? processSpans : [];
  const span = trace.getTracer(scope).startSpan(
    `batch ${group}`,
    {
      kind: SpanKind.INTERNAL,
      attributes: { 'messaging.consumer.group.name': group, 'messaging.batch.message_count': processSpans.length },
      links: only === undefined ? processSpans.map((process) => ({ context: process.span.spanContext() })) : [],
    },
    only === undefined ? ROOT_CONTEXT : only.context,
  );
  if (only === undefined) for (const process of processSpans) process.span.addLink({ context: span.spanContext() });
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), run);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** The code only: a foreign message may quote the record. */
function failSpan(span: Span, error: unknown): void {
  const { code } = classify(error);
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** For inbox.trace_id; null when nothing traces. */
export function traceIdOf({ span }: ProcessSpan): string | null {
  const { traceId } = span.spanContext();
  return /^0*$/.test(traceId) ? null : traceId;
}
