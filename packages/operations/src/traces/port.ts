/** A span of a stored trace, as far as a person at night needs it. */
export interface TraceSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly service: string;
  readonly name: string;
  readonly startUs: number;
  readonly durationUs: number;
  /** What went wrong, when the span says that something did. */
  readonly error: string | undefined;
  readonly links: readonly SpanLink[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** From a span to one it continues without being its child: a retry after a minute, a redrive, a batch. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** Where traces are kept. Reading only; one implementation per product. */
export interface TraceStore {
  readonly title: string;
  /** The spans of a trace; empty when the store does not know it. Throws `dependency_unavailable`. */
  spansOf(traceId: string, signal: AbortSignal): Promise<readonly TraceSpan[]>;
  /** The page that shows the trace in a browser. */
  pageOf(traceId: string): string;
  /** Throws `dependency_unavailable` when the store does not answer. */
  probe(signal: AbortSignal): Promise<void>;
}

/** Trace ids as W3C writes them: 32 lower-case hex digits. */
export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text);
}

/** Whether a `traceparent` says that nothing of its trace is kept: the last bit of its flags is not set. */
export function isUnsampledParent(traceparent: string | undefined): boolean {
  return traceIdOfParent(traceparent) !== undefined && /-[0-9a-f][02468ace]$/.test(traceparent ?? '');
}

/** The trace id of a `traceparent` header; undefined when it is not one. https://www.w3.org/TR/trace-context/ */
export function traceIdOfParent(traceparent: string | undefined): string | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent ?? '');
  return match?.[1] !== undefined && isTraceId(match[1]) ? match[1] : undefined;
}
