import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';

import type { Span, TextMapPropagator } from '@opentelemetry/api';
import { parseTraceParent, W3CTraceContextPropagator } from '@opentelemetry/core';

/**
 * What becomes of the trace context that a request brings along. A stranger's is not adopted: whoever writes the
 * header would choose our trace id, join deliveries of two tenants in one trace, and switch off its sampling. The
 * request's span is a root, sampled by our own rule, with a link to what came. Only a proxy that the operator named is
 * taken at its word. Baggage is never read.
 */
export interface TraceBorder {
  readonly propagator: TextMapPropagator;
  /** Call it before the context of the request is extracted. */
  arrives(request: IncomingMessage): void;
  /** Links the span of the request to what a stranger sent along. */
  link(span: Span, request: IncomingMessage): void;
}

export function createTraceBorder(trusted: BlockList | undefined): TraceBorder {
  const w3c = new W3CTraceContextPropagator();
  // By the headers, which are all that a propagator is shown.
  const adopted = new WeakSet<object>();
  return {
    propagator: {
      inject: (context, carrier, setter) => w3c.inject(context, carrier, setter),
      extract: (context, carrier: unknown, getter) =>
        typeof carrier === 'object' && carrier !== null && adopted.has(carrier)
          ? w3c.extract(context, carrier, getter)
          : context,
      fields: () => w3c.fields(),
    },
    arrives: (request) => {
      if (trusted !== undefined && isIn(trusted, request.socket.remoteAddress)) adopted.add(request.headers);
    },
    link: (span, request) => {
      if (adopted.has(request.headers)) return;
      const { traceparent } = request.headers;
      const sent = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
      if (sent !== null) span.addLink({ context: { ...sent, isRemote: true } });
    },
  };
}

function isIn(networks: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  // An IPv4 peer of a dual-stack socket.
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return networks.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4');
}
