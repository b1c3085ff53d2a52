import type { TraceSpan, TraceStore } from './port.ts';

/** A redrive of a redrive of … : more traces than this are not followed from one id. */
const mostTraces = 20;

export interface CollectedTraces {
  readonly spans: readonly TraceSpan[];
  /** The traces that were found, the one asked for first. */
  readonly traceIds: readonly string[];
  /** Linked or named traces that the store does not hold (any more). */
  readonly absentTraceIds: readonly string[];
}

/** Reads the traces and, one after the other, those their spans link to. */
export async function collectTraces(
  store: TraceStore,
  traceIds: readonly string[],
  signal: AbortSignal,
): Promise<CollectedTraces> {
  const waiting = [...traceIds];
  const seen = new Set<string>();
  const spans: TraceSpan[] = [];
  const found: string[] = [];
  const absent: string[] = [];
  for (let traceId = waiting.shift(); traceId !== undefined && seen.size < mostTraces; traceId = waiting.shift()) {
    if (seen.has(traceId)) continue;
    seen.add(traceId);
    const read = await store.spansOf(traceId, signal);
    (read.length === 0 ? absent : found).push(traceId);
    spans.push(...read);
    waiting.push(...read.flatMap((span) => span.links.map((link) => link.traceId)));
  }
  return { spans, traceIds: found, absentTraceIds: absent };
}
