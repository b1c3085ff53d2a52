import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Attributes, type Context, type Link, type SpanContext, trace, type Tracer } from '@opentelemetry/api';
import { networkList } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createRequestSpans } from './request-span.ts';

const theirs = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const unsampled = `00-${theirs.traceId}-${theirs.spanId}-00`;
const sampled = `00-${theirs.traceId}-${theirs.spanId}-01`;
const headers = { traceparent: unsampled, tracestate: 'vendor=1', baggage: 'user=anna' };

interface Started {
  readonly name: string;
  /** Whose child it is. */
  readonly parent: SpanContext | undefined;
  readonly links: string[];
  readonly attributes: Attributes;
}

let started: Started[];
beforeEach(() => {
  started = [];
  const startSpan: Tracer['startSpan'] = (name, _options, parent?: Context) => {
    const found: Started = {
      name,
      parent: parent === undefined ? undefined : trace.getSpanContext(parent),
      links: [],
      attributes: {},
    };
    started.push(found);
    const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
    return Object.assign(span, {
      isRecording: () => true,
      addLink: ({ context }: Link) => (found.links.push(`${context.traceId} ${context.spanId}`), span),
      setAttributes: (attributes: Attributes) => (Object.assign(found.attributes, attributes), span),
    });
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as Tracer });
});
afterEach(() => trace.disable());

/** A request as Node gives it to a server. */
async function received(given: Readonly<Record<string, string>>, path = '/'): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      resolve(request);
      response.end();
    });
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      send({ port, path, host: '127.0.0.1', headers: given, agent: false }, (answer) => answer.resume()).end();
    });
  });
}

describe('the span of a request', () => {
  it('is named by its method and route, and has the path without what may be personal', async () => {
    createRequestSpans(undefined)(await received({}, `/hooks/src_1?From=%2B15550100`), '/hooks/:sourceId');

    expect(started).toMatchObject([
      {
        name: 'GET /hooks/:sourceId',
        attributes: { 'http.request.method': 'GET', 'http.route': '/hooks/:sourceId', 'url.path': '/hooks/src_1' },
      },
    ]);
  });
});

describe("a stranger's trace context", () => {
  it.each([unsampled, sampled])('%s is a link and nothing else', async (traceparent) => {
    createRequestSpans(undefined)(await received({ ...headers, traceparent }), '/');

    expect(started).toMatchObject([{ parent: undefined, links: [`${theirs.traceId} ${theirs.spanId}`] }]);
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${theirs.spanId}-01`, `${unsampled}, ${unsampled}`])(
    'that is %j is no link either',
    async (traceparent) => {
      createRequestSpans(undefined)(await received({ traceparent }), '/');

      expect(started).toMatchObject([{ parent: undefined, links: [] }]);
    },
  );
});

describe('the trace context of a proxy', () => {
  it.each([unsampled, sampled])('that is named is adopted: %s', async (traceparent) => {
    const start = createRequestSpans(networkList(['127.0.0.0/8']));

    start(await received({ ...headers, traceparent }), '/');

    const adopted = { ...theirs, isRemote: true, traceFlags: Number(traceparent.slice(-2)) };
    expect(started).toMatchObject([{ parent: adopted, links: [] }]);
  });

  it('that is another is not', async () => {
    const start = createRequestSpans(networkList(['10.0.0.0/8']));

    start(await received(headers), '/');

    expect(started).toMatchObject([{ parent: undefined }]);
  });
});
