import { type Attributes, type Span, type SpanOptions, type SpanStatus, trace } from '@opentelemetry/api';

export interface RecordedSpan {
  readonly name: string;
  readonly attributes: Attributes;
  status: SpanStatus | undefined;
}

export interface RecordedSpans {
  readonly all: RecordedSpan[];
  stop(): void;
}

/** Keeps every span that is started in the process, in the place of an SDK. */
export function recordSpans(): RecordedSpans {
  const all: RecordedSpan[] = [];
  const startSpan = (name: string, { attributes = {} }: SpanOptions = {}): Span => {
    const recorded: RecordedSpan = { name, attributes: { ...attributes }, status: undefined };
    all.push(recorded);
    const silent = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
    return Object.assign(Object.create(silent), {
      setAttribute: (key: string, value: string) => Object.assign(recorded.attributes, { [key]: value }),
      setStatus: (status: SpanStatus) => Object.assign(recorded, { status }),
      end: () => undefined,
    });
  };
  trace.disable();
  trace.setGlobalTracerProvider({
    getTracer: () => ({ startSpan, startActiveSpan: () => expectNone() }),
  });
  return { all, stop: () => trace.disable() };
}

function expectNone(): never {
  throw new Error('nobody starts an active span here');
}
