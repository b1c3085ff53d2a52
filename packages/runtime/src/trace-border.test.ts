import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  defaultTextMapGetter,
  INVALID_SPAN_CONTEXT,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { networkList } from '@trunkline/core';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createTraceBorder, type TraceBorder } from './trace-border.ts';

const theirs = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const unsampled = `00-${theirs.traceId}-${theirs.spanId}-00`;
const sampled = `00-${theirs.traceId}-${theirs.spanId}-01`;
const headers = { traceparent: unsampled, tracestate: 'vendor=1', baggage: 'user=anna' };

/** A request as Node gives it to a server. */
async function received(given: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      resolve(request);
      response.end();
    });
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      send({ port, host: '127.0.0.1', headers: given, agent: false }, (answer) => answer.resume()).end();
    });
  });
}

interface Crossed {
  /** Whose child the span of the request becomes. */
  readonly parent: SpanContext | undefined;
  readonly links: readonly string[];
  readonly baggage: unknown;
}

/** What the instrumentation of servers makes of a request, step by step. */
function cross(border: TraceBorder, request: IncomingMessage): Crossed {
  const links: string[] = [];
  const span = Object.assign(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), {
    addLink: ({ context }: Link) => {
      links.push(`${context.traceId} ${context.spanId}`);
      return span;
    },
  });
  border.arrives(request);
  const context = border.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  border.link(span, request);
  return { parent: trace.getSpanContext(context), links, baggage: propagation.getBaggage(context) };
}

describe("a stranger's trace context", () => {
  it.each([unsampled, sampled])('%s is a link and nothing else', async (traceparent) => {
    const crossed = cross(createTraceBorder(undefined), await received({ ...headers, traceparent }));

    expect(crossed).toEqual({
      parent: undefined,
      links: [`${theirs.traceId} ${theirs.spanId}`],
      baggage: undefined,
    });
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${theirs.spanId}-01`, `${unsampled}, ${unsampled}`])(
    'that is %j is no link either',
    async (traceparent) => {
      const crossed = cross(createTraceBorder(undefined), await received({ traceparent }));

      expect(crossed).toMatchObject({ parent: undefined, links: [] });
    },
  );
});

describe('the trace context of a proxy', () => {
  it.each([unsampled, sampled])('that is named is adopted: %s', async (traceparent) => {
    const border = createTraceBorder(networkList(['127.0.0.0/8']));

    const crossed = cross(border, await received({ ...headers, traceparent }));

    expect(crossed).toMatchObject({
      parent: { ...theirs, isRemote: true, traceFlags: Number(traceparent.slice(-2)) },
      links: [],
      baggage: undefined,
    });
  });

  it('that is another is not', async () => {
    const crossed = cross(createTraceBorder(networkList(['10.0.0.0/8'])), await received(headers));

    expect(crossed.parent).toBeUndefined();
  });
});
