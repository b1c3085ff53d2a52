import {
  type Attributes,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

import type { Exchange } from './exchange.ts';
import type { Refusal } from './refusal.ts';

/** Makes the span of a request the active one meanwhile, for whatever is logged, published or asked of others. */
export function within<T>(span: Span, run: () => T): T {
  return isSpanContextValid(span.spanContext()) ? context.with(trace.setSpan(ROOT_CONTEXT, span), run) : run();
}

/** Null when nothing is traced. */
export function traceIdOf(span: Span): string | null {
  const found = span.spanContext();
  return isSpanContextValid(found) ? found.traceId : null;
}

export interface SpanEnding {
  readonly status: number;
  readonly refusal?: Refusal | undefined;
}

/**
 * Ends the span of a request. What its steps took stands in its attributes: a span for each cost more than the steps,
 * and said nothing else.
 */
export function endRequestSpan(exchange: Exchange, ending: SpanEnding): void {
  const { span } = exchange;
  if (span.isRecording()) {
    span.setAttributes(attributesOf(exchange, ending));
    // What a client did wrong is no error of this server (the conventions for HTTP spans).
    if (ending.status >= 500) {
      const code = ending.refusal?.code ?? String(ending.status);
      span.setAttribute('error.type', code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    }
  }
  span.end();
}

/** Kinds of events of one delivery; a batch has few, and a span is not the place for more. */
const mostToldTypes = 10;

/** An attribute that does not apply is undefined, and not kept. */
function attributesOf(exchange: Exchange, { status, refusal }: SpanEnding): Attributes {
  const { source, spentMs, eventTypes } = exchange;
  return {
    'http.response.status_code': status,
    'trunkline.delivery.id': exchange.deliveryId,
    'trunkline.source.id': source?.settings.sourceId,
    'trunkline.provider': source?.provider.name,
    'trunkline.event.types': eventTypes.length === 0 ? undefined : [...new Set(eventTypes)].slice(0, mostToldTypes),
    'trunkline.verdict': exchange.verdict,
    'trunkline.refusal.step': refusal?.step,
    'trunkline.read_ms': spentMs.read,
    'trunkline.verify_ms': spentMs.verify,
    'trunkline.normalise_ms': spentMs.normalise,
    'trunkline.publish_ms': spentMs.publish,
  };
}
