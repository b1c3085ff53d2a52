import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('@trunkline/ingress');

/** Runs a step inside a span of its own. `refused` names what went wrong when the step says no without throwing. */
export function inSpan<T>(name: string, run: () => T, refused: (result: T) => string | undefined): T {
  return tracer.startActiveSpan(name, (span) => {
    try {
      const result = run();
      const why = refused(result);
      if (why !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: why });
      return result;
    } finally {
      span.end();
    }
  });
}

/** The same for a step that takes turns with others. */
export async function inSpanUntil<T>(name: string, run: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await run();
    } finally {
      span.end();
    }
  });
}

/** The span of the request, made by the instrumentation; undefined when nothing is traced. */
export function requestSpan(): Span | undefined {
  return trace.getActiveSpan();
}
