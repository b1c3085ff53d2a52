import type { TraceSpan } from '../traces/port.ts';

export const traceA: string = 'a'.repeat(32);
export const traceB: string = 'b'.repeat(32);

/** A span of a millisecond; only what matters to a case is given. */
export function spanOf(given: Partial<TraceSpan> & { readonly spanId: string }): TraceSpan {
  return {
    traceId: traceA,
    parentSpanId: undefined,
    service: 'ingress',
    name: given.spanId,
    startUs: 1_000,
    durationUs: 1_000,
    error: undefined,
    links: [],
    attributes: {},
    ...given,
  };
}
