import { afterEach, describe, expect, it } from 'vitest';

import { startHttpServer } from '../testing/http-server.ts';
import { traceA, traceB } from '../testing/spans.ts';
import { collectTraces } from './collect.ts';
import { createJaegerStore } from './jaeger.ts';
import { isTraceId, traceIdOfParent, type TraceSpan, type TraceStore } from './port.ts';
import { createZipkinStore } from './zipkin.ts';

/** Two spans as each product answers them: an HTTP request and a failed attempt, which links to another trace. */
const zipkinTrace = [
  {
    traceId: traceA,
    id: '1'.repeat(16),
    name: 'post /hooks/:sourceid',
    kind: 'SERVER',
    timestamp: 1_000,
    duration: 500,
    localEndpoint: { serviceName: 'ingress' },
  },
  {
    traceId: traceA,
    id: '2'.repeat(16),
    parentId: '1'.repeat(16),
    name: 'process payments.payment.v1',
    timestamp: 1_200,
    duration: 100,
    localEndpoint: { serviceName: 'payments' },
    tags: {
      'otel.status_code': 'ERROR',
      error: 'upstream_4xx',
      'trunkline.link.0': `00-${traceB}-${'3'.repeat(16)}-01`,
    },
  },
];
const jaegerTrace = {
  data: [
    {
      traceID: traceA,
      spans: [
        {
          traceID: traceA,
          spanID: '1'.repeat(16),
          operationName: 'post /hooks/:sourceid',
          references: [],
          startTime: 1_000,
          duration: 500,
          tags: [],
          processID: 'p1',
        },
        {
          traceID: traceA,
          spanID: '2'.repeat(16),
          operationName: 'process payments.payment.v1',
          references: [
            { refType: 'CHILD_OF', traceID: traceA, spanID: '1'.repeat(16) },
            { refType: 'FOLLOWS_FROM', traceID: traceB, spanID: '3'.repeat(16) },
          ],
          startTime: 1_200,
          duration: 100,
          tags: [
            { key: 'otel.status_code', type: 'string', value: 'ERROR' },
            { key: 'otel.status_description', type: 'string', value: 'upstream_4xx' },
          ],
          processID: 'p2',
        },
      ],
      processes: { p1: { serviceName: 'ingress' }, p2: { serviceName: 'payments' } },
    },
  ],
};

const products = [
  { title: 'Zipkin', createStore: createZipkinStore, tracePath: `/api/v2/trace/${traceA}`, trace: zipkinTrace },
  { title: 'Jaeger', createStore: createJaegerStore, tracePath: `/api/traces/${traceA}`, trace: jaegerTrace },
];

describe.each(products)('the trace store $title', ({ createStore, tracePath, trace }) => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  async function storeThat(answer: (url: string) => { status: number; body: string }): Promise<TraceStore> {
    const server = await startHttpServer((request, response) => {
      const { status, body } = answer(request.url ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    ({ stop } = server);
    return createStore(server.url);
  }
  const signal = AbortSignal.timeout(5_000);

  it('gives the spans with their service, parent, error and links', async () => {
    const store = await storeThat((url) =>
      url === tracePath ? { status: 200, body: JSON.stringify(trace) } : { status: 404, body: '' },
    );

    const spans = await store.spansOf(traceA, signal);

    expect(
      spans.map(({ service, name, parentSpanId, error, startUs, durationUs }) => ({
        service,
        name,
        parentSpanId,
        error,
        startUs,
        durationUs,
      })),
    ).toEqual([
      {
        service: 'ingress',
        name: 'post /hooks/:sourceid',
        parentSpanId: undefined,
        error: undefined,
        startUs: 1_000,
        durationUs: 500,
      },
      {
        service: 'payments',
        name: 'process payments.payment.v1',
        parentSpanId: '1'.repeat(16),
        error: 'upstream_4xx',
        startUs: 1_200,
        durationUs: 100,
      },
    ]);
    expect(spans[1]?.links).toEqual([{ traceId: traceB, spanId: '3'.repeat(16) }]);
  });

  it('that does not know a trace gives no spans', async () => {
    const store = await storeThat(() => ({ status: 404, body: '{"data":null,"errors":[{"code":404}]}' }));

    expect(await store.spansOf(traceA, signal)).toEqual([]);
  });

  it('that answers something else than traces is told apart from one without the trace', async () => {
    const store = await storeThat(() => ({ status: 200, body: '<html>login</html>' }));

    await expect(store.spansOf(traceA, signal)).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('that is not there is named with its address', async () => {
    const store = await storeThat(() => ({ status: 200, body: '[]' }));
    await stop();
    stop = () => Promise.resolve();

    await expect(store.spansOf(traceA, signal)).rejects.toThrow(/127\.0\.0\.1.*does not answer: ECONNREFUSED/);
  });
});

describe('a span in Jaeger', () => {
  it('whose parent is told as a link, because it has both to the same span, has that parent', async () => {
    const [trace] = jaegerTrace.data;
    const told = (trace?.spans ?? []).map((span) => ({
      ...span,
      references: span.references.map((reference) => ({ ...reference, refType: 'FOLLOWS_FROM' })),
    }));
    const { url, stop } = await startHttpServer((_request, response) => {
      response.writeHead(200).end(JSON.stringify({ data: [{ ...trace, spans: told }] }));
    });

    const spans = await createJaegerStore(url).spansOf(traceA, AbortSignal.timeout(5_000));

    await stop();
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, '1'.repeat(16)]);
    expect(spans[1]?.links).toEqual([{ traceId: traceB, spanId: '3'.repeat(16) }]);
  });
});

describe('the traces of an event', () => {
  const span = (traceId: string, links: TraceSpan['links']): TraceSpan => ({
    traceId,
    spanId: '1',
    parentSpanId: undefined,
    service: 's',
    name: 'n',
    startUs: 0,
    durationUs: 0,
    error: undefined,
    links,
    attributes: {},
  });
  function storeOf(traces: Readonly<Record<string, readonly TraceSpan[]>>): TraceStore {
    return {
      title: 'memory',
      spansOf: (id) => Promise.resolve(traces[id] ?? []),
      pageOf: (id) => id,
      probe: () => Promise.resolve(),
    };
  }

  it('are followed from link to link, each read once, and what the store lost is named', async () => {
    const lost = 'c'.repeat(32);
    const store = storeOf({
      [traceA]: [span(traceA, [{ traceId: traceB, spanId: '1' }])],
      [traceB]: [
        span(traceB, [
          { traceId: traceA, spanId: '1' },
          { traceId: lost, spanId: '1' },
        ]),
      ],
    });

    const collected = await collectTraces(store, [traceA], AbortSignal.timeout(1_000));

    expect(collected.traceIds).toEqual([traceA, traceB]);
    expect(collected.absentTraceIds).toEqual([lost]);
    expect(collected.spans).toHaveLength(2);
  });
});

describe('a trace id', () => {
  it('is 32 hex digits that are not all zero', () => {
    expect(isTraceId(traceA)).toBe(true);
    expect(isTraceId('0'.repeat(32))).toBe(false);
    expect(isTraceId(traceA.toUpperCase())).toBe(false);
  });

  it('is found in a traceparent, and nowhere else', () => {
    expect(traceIdOfParent(`00-${traceA}-${'1'.repeat(16)}-01`)).toBe(traceA);
    expect(traceIdOfParent(traceA)).toBeUndefined();
    expect(traceIdOfParent(undefined)).toBeUndefined();
  });
});
