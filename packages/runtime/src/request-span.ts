import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';

import { defaultTextMapGetter, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { parseTraceParent, W3CTraceContextPropagator } from '@opentelemetry/core';

/**
 * Starts the span of a request that this process serves; whoever answers the request ends it. Written by us and not by
 * an instrumentation of `http`, which costs a request more than all of its own steps.
 *
 * A stranger's trace context is not adopted: whoever writes the header would choose our trace id, join deliveries of two
 * tenants in one trace, and switch off its sampling. The request's span is a root, sampled by our own rule, with a link
 * to what came. Only a proxy that the operator named is taken at its word. Baggage is never read.
 */
export type StartRequestSpan = (request: IncomingMessage, route: string) => Span;

/** A path is as long as its sender likes. */
const mostPathCharacters = 256;

export function createRequestSpans(trustedProxies: BlockList | undefined): StartRequestSpan {
  const w3c = new W3CTraceContextPropagator();
  const tracer = trace.getTracer('@trunkline/runtime');
  return (request, route) => {
    const { method = '', url = '', headers, socket } = request;
    const isTrusted = trustedProxies !== undefined && isIn(trustedProxies, socket.remoteAddress);
    const parent = isTrusted ? w3c.extract(ROOT_CONTEXT, headers, defaultTextMapGetter) : ROOT_CONTEXT;
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER }, parent);
    if (!span.isRecording()) return span;
    // A query string may carry tokens and phone numbers (Twilio sends its whole payload there), an address is a person's.
    const path = (url.split('?', 1)[0] ?? '').slice(0, mostPathCharacters);
    span.setAttributes({ 'http.request.method': method, 'http.route': route, 'url.path': path });
    if (!isTrusted) linkToSender(span, headers['traceparent']);
    return span;
  };
}

function linkToSender(span: Span, traceparent: string | string[] | undefined): void {
  const sent = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  if (sent !== null) span.addLink({ context: { ...sent, isRemote: true } });
}

function isIn(networks: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  // An IPv4 peer of a dual-stack socket.
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return networks.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4');
}
