import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

export interface RecordedSpan {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
  readonly context: SpanContext;
  readonly attributes: Attributes;
  ended: boolean;
}

/** A tracer provider that keeps what it is told, in place of an SDK, which belongs to packages/runtime. */
export function recordSpans(): { readonly spans: RecordedSpan[]; stop(): void } {
  const spans: RecordedSpan[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, context?: Context): Span => {
    const given = context === undefined || options.root === true ? undefined : trace.getSpanContext(context);
    const spanId = String(spans.length + 1).padStart(16, 'a');
    const own = {
      traceId: given?.traceId ?? String(spans.length + 1).padStart(32, 'b'),
      spanId,
      traceFlags: TraceFlags.SAMPLED,
    };
    const recorded: RecordedSpan = {
      name,
      options,
      parent: given,
      context: own,
      attributes: { ...options.attributes },
      ended: false,
    };
    spans.push(recorded);
    const plain = trace.wrapSpanContext(own);
    return Object.assign(plain, {
      isRecording: () => true,
      setAttribute: (key: string, value: string) => {
        recorded.attributes[key] = value;
        return plain;
      },
      setAttributes: (attributes: Attributes) => {
        Object.assign(recorded.attributes, attributes);
        return plain;
      },
      end: () => {
        recorded.ended = true;
      },
    });
  };
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan,
      startActiveSpan: () => {
        throw new Error('not used here');
      },
    }),
  });
  return { spans, stop: () => trace.disable() };
}
