import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

import type { Happening } from './happening.ts';

const scope = '@trunkline/http-client';

export interface AttemptPlace {
  readonly method: string;
  readonly host: string;
  /** What is called there, in words of the code: `twilio messages.create`. */
  readonly name: string;
  /** 0 for the first. */
  readonly repeat: number;
}

export interface AttemptSpan {
  /** `traceparent` and what belongs to it. */
  readonly headers: Readonly<Record<string, string>>;
  end(happening: Happening | 'ok', status: number | undefined): void;
}

/**
 * The span of one attempt (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), without path, query, header or
 * body: all of them may hold a secret or a person's address.
 */
export function startAttemptSpan({ method, host, name, repeat }: AttemptPlace): AttemptSpan {
  const span: Span = trace.getTracer(scope).startSpan(`${method} ${name}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'server.address': host,
      'trunkline.operation': name,
      ...(repeat === 0 ? {} : { 'http.request.resend_count': repeat }),
    },
  });
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  return {
    headers,
    end(happening, status) {
      if (status !== undefined) span.setAttribute('http.response.status_code', status);
      if (happening !== 'ok') {
        span.setAttribute('error.type', happening);
        span.setStatus({ code: SpanStatusCode.ERROR, message: happening });
      }
      span.end();
    },
  };
}
