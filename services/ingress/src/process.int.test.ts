import { writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { type IngressProcess, sampleSources, startIngressProcess, type ZipkinSpan } from './testing/ingress-process.ts';
import { type Corner, genericToken, prepareCorner, recordsOf, stripeSecret } from './testing/running-ingress.ts';
import {
  answerOf,
  paymentSucceeded,
  post,
  postWithToken,
  signedBody,
  signedByStripe,
  slowDelivery,
  statusOf,
} from './testing/sending.ts';

let corner: Corner;
let ingress: IngressProcess;

beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
  ingress = await startIngressProcess(corner);
  await ready(ingress);
}, 180_000);
afterAll(() => ingress.remove());

describe('the ingress as a process', () => {
  it('connects a delivery to its records by one trace', async () => {
    const answer = await answerOf(await post(signedByStripe(paymentSucceeded(), ingress.url)));

    const [payment] = await recordsOf(corner, 'payments.payment.v1', answer.delivery);
    const [delivery] = await recordsOf(corner, 'ingress.delivery.v1', answer.delivery);
    const [, traceId, sendId] = payment?.raw.headers['traceparent']?.split('-') ?? [];
    const spans = await traceOf(traceId, 2);
    const server = spans.find((span) => span.kind === 'SERVER');
    const send = spans.find((span) => span.id === sendId);
    expect(delivery?.record.traceId).toBe(traceId);
    expect(spans.map((span) => span.name).toSorted()).toEqual(['POST /hooks/:sourceId', 'send']);
    expect(send).toMatchObject({
      name: 'send',
      parentId: server?.id,
      tags: { 'trunkline.topics': expect.stringContaining('payments.payment.v1') },
    });
    expect(spans.filter((span) => span.parentId === undefined)).toEqual([server]);
    expect(server?.tags).toMatchObject({
      'trunkline.delivery.id': answer.delivery,
      'http.route': '/hooks/:sourceId',
      'http.response.status_code': '200',
      'trunkline.verify_ms': expect.stringMatching(/^[0-9.]+$/),
      'trunkline.publish_ms': expect.stringMatching(/^[0-9.]+$/),
    });
  });

  it.each(['00', '01'])(
    "lets no stranger's traceparent (flags %s) choose the trace of a delivery, or whether there is one",
    async (flags) => {
      const stranger = { traceId: '0af7651916cd43dd8448eb211c80319c', state: 'vendor=stranger' };
      const request = signedByStripe(paymentSucceeded(), ingress.url);
      const headers = [
        ['traceparent', `00-${stranger.traceId}-b7ad6b7169203331-${flags}`],
        ['tracestate', stranger.state],
        ['baggage', 'user=stranger'],
      ] as const;

      const answer = await answerOf(await post({ ...request, headers: [...request.headers, ...headers] }));

      const [payment] = await recordsOf(corner, 'payments.payment.v1', answer.delivery);
      const [, traceId] = payment?.raw.headers['traceparent']?.split('-') ?? [];
      const spans = await traceOf(traceId, 2);
      const roots = spans.filter((span) => span.parentId === undefined);
      expect(traceId).not.toBe(stranger.traceId);
      expect(JSON.stringify(payment?.raw.headers)).not.toMatch(/stranger|0af7651916cd43dd/);
      expect(roots.map(({ kind }) => kind)).toEqual(['SERVER']);
      expect(roots[0]?.tags).toMatchObject({
        'trunkline.provider': 'stripe',
        'trunkline.event.types': expect.stringContaining('payments.payment.succeeded'),
      });
      expect(ingress.spans().filter((span) => span.traceId === stranger.traceId)).toEqual([]);
    },
  );

  it('writes one line about each delivery, accepted or refused', async () => {
    const accepted = await post(signedByStripe(paymentSucceeded(), ingress.url));
    const refused = await post(signedByStripe(paymentSucceeded(), ingress.url, { secret: 'whsec_other' }));

    for (const [response, status] of [
      [accepted, 200],
      [refused, 401],
    ] as const) {
      const id = response.headers.get('trunkline-delivery-id') ?? '';
      const lines = await vi.waitFor(() => {
        const found = ingress
          .output()
          .split('\n')
          .filter((line) => line.includes(id) && line.includes('"event":"delivery"'));
        expect(found).toHaveLength(1);
        return found;
      }, 60_000);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        status,
        sourceId: 'src_stripe',
        tenantId: 'tnt_test',
        traceId: expect.any(String),
      });
    }
  });

  it('shows no secret, payload or personal value in logs, metrics, spans, error bodies and rejection records', async () => {
    const marker = 'canary-5f1c';
    const personal = '+15550100111';
    const payload = JSON.stringify({ note: marker, phone: personal });
    const query = `?api_key=${marker}&From=${encodeURIComponent(personal)}`;
    const headers = {
      'x-forwarded-for': '198.51.100.77',
      'x-note': marker,
      cookie: `session=${marker}`,
      'content-type': 'application/json',
    };
    const shoot = (path: string, more: Record<string, string>, method = 'POST'): Promise<Response> =>
      fetch(`${ingress.url}${path}${query}`, { method, headers: { ...headers, ...more }, body: payload });

    const answers = await Promise.all([
      postWithToken(ingress.url, payload, query),
      post(signedBody(payload, ingress.url)),
      shoot('/hooks/src_generic', { 'x-token': `wrong-${marker}` }),
      shoot('/hooks/src_stripe', { 'stripe-signature': `t=1,v1=${marker}` }),
      shoot('/hooks/src_nowhere', { authorization: `Bearer ${marker}` }),
      shoot('/hooks/src_stripe', { 'content-encoding': 'gzip' }),
      shoot('/hooks/src_stripe', {}, 'PUT'),
      shoot('/elsewhere', {}),
    ]);
    const bodies = await Promise.all(answers.map((response) => response.text()));
    const refusedIds = answers.slice(2).map((response) => response.headers.get('trunkline-delivery-id') ?? '');
    // The last two answers have their line and their spans by now or a little later.
    await vi.waitFor(
      () => expect(refusedIds.slice(0, -1).every((id) => ingress.output().includes(id))).toBe(true),
      60_000,
    );
    await vi.waitFor(
      () => expect(ingress.spans().some((span) => span.tags['trunkline.delivery.id'] === refusedIds[0])).toBe(true),
      60_000,
    );
    const rejections = await vi.waitFor(async () => {
      const found = await recordsOf(corner, 'ingress.rejection.v1', '');
      expect(found.length).toBeGreaterThanOrEqual(5);
      return found;
    }, 60_000);
    const metrics = await (await fetch(`${ingress.operatorUrl}/metrics`)).text();

    const seen = {
      logs: ingress.output(),
      metrics,
      spans: JSON.stringify(ingress.spans()),
      bodies: bodies.join(),
      rejections: rejections
        .map(({ raw }) => `${raw.value?.toString('latin1')}${JSON.stringify(raw.headers)}${raw.key?.toString()}`)
        .join(),
    };
    expect(answers.map((response) => response.status)).toEqual([200, 200, 401, 401, 404, 415, 405, 404]);
    expect(metrics).toContain('webhooks_received_total');
    for (const [place, text] of Object.entries(seen)) {
      for (const secret of [
        marker,
        personal,
        encodeURIComponent(personal),
        stripeSecret,
        genericToken,
        '198.51.100.77',
      ]) {
        expect(text.includes(secret), `${place} has ${secret}`).toBe(false);
      }
    }
  });

  it('keeps the last good sources when an edit is broken, says so on /readyz, and takes a good edit without a restart', async () => {
    writeFileSync(ingress.sourcesFile, sampleSources.replace('provider: stripe', 'provider: strpie'));
    await vi.waitFor(async () => expect((await readyz(ingress)).checks['sources']?.detail).toContain('broken'), 60_000);
    const meanwhile = await post(signedByStripe(paymentSucceeded(), ingress.url));

    writeFileSync(ingress.sourcesFile, sampleSources.replaceAll('src_generic', 'src_other'));
    const gone = await vi.waitFor(async () => {
      const response = await postWithToken(ingress.url, '{}');
      expect(response.status).toBe(404);
      return response.status;
    }, 60_000);

    expect([meanwhile.status, gone]).toEqual([200, 404]);
    expect(await readyz(ingress)).toMatchObject({ ready: true, checks: { sources: { ok: true } } });
  });

  it('takes a changed rate or list of addresses without a restart, and counts what it refuses by source and step', async () => {
    const changed = (setting: string): string =>
      sampleSources.replace('    bodyLimitBytes: 262144\n  - id: src_generic', `    ${setting}\n  - id: src_generic`);
    const send = async (): Promise<number> => (await post(signedByStripe(paymentSucceeded(), ingress.url))).status;

    writeFileSync(ingress.sourcesFile, changed('rate: { requests: 1, per: 1h }'));
    await vi.waitFor(async () => expect(await send()).toBe(429), 60_000);
    writeFileSync(ingress.sourcesFile, changed('allowAddresses: [203.0.113.0/24]'));
    await vi.waitFor(async () => expect(await send()).toBe(403), 60_000);
    writeFileSync(ingress.sourcesFile, sampleSources);
    await vi.waitFor(async () => expect(await send()).toBe(200), 60_000);

    const metrics = await (await fetch(`${ingress.operatorUrl}/metrics`)).text();
    for (const step of ['rate', 'address'])
      expect(metrics).toMatch(new RegExp(`webhook_rejections_total\\{[^}]*source="src_stripe"[^}]*step="${step}"`));
    expect(metrics).toMatch(/ingress_connections_open(?:\{[^}]*\})? [1-9]/);
  });

  it('answers everything it has taken when it is told to stop, and exits with 0', async () => {
    const other = await startIngressProcess(corner);
    await ready(other);
    const deliveries = Array.from({ length: 40 }, () => slowDelivery(Number(new URL(other.url).port)));
    await Promise.all(deliveries.map(({ taken }) => taken));

    other.child.kill('SIGTERM');
    const statuses = (await Promise.all(deliveries.map((delivery) => delivery.finish()))).map(statusOf);
    const code = await other.exit;
    await other.remove();

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(code).toBe(0);
  });

  it('does not start on a sources file with mistakes, and names line and fix', async () => {
    const other = await startIngressProcess(corner, sampleSources.replace('tenant: tnt_test', 'tenant: tnt_tset'));

    const code = await other.exit;
    const output = other.output();
    await other.remove();

    expect(code).toBe(1);
    expect(output).toMatch(/trunkline\.yaml:7:[0-9]+/);
  });
});

interface Readyz {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string } | undefined>>;
}

async function readyz({ operatorUrl }: IngressProcess): Promise<Readyz> {
  // The shape that health.ts of packages/runtime answers with.
  return (await (await fetch(`${operatorUrl}/readyz`)).json()) as Readyz;
}

async function ready(process: IngressProcess): Promise<void> {
  await vi.waitFor(async () => expect(await readyz(process), process.output()).toMatchObject({ ready: true }), {
    // A process starts, loads everything and asks all servers.
    timeout: 110_000,
    interval: 50,
  });
}

async function traceOf(traceId: string | undefined, atLeast: number): Promise<readonly ZipkinSpan[]> {
  return vi.waitFor(() => {
    const spans = ingress.spans().filter((span) => span.traceId === traceId);
    expect(spans.length).toBeGreaterThanOrEqual(atLeast);
    expect(spans.some((span) => span.kind === 'SERVER')).toBe(true);
    return spans;
  }, 60_000);
}
