import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { type IngressProcess, startIngressProcess } from './testing/ingress-process.ts';
import { prepareCorner } from './testing/running-ingress.ts';
import { paymentSucceeded, post, sendRaw, signedByStripe, statusOf } from './testing/sending.ts';

let ingress: IngressProcess;

beforeAll(async () => {
  ingress = await startIngressProcess(await prepareCorner(inject('stack')));
  await vi.waitFor(async () => {
    if (!(await fetch(`${ingress.operatorUrl}/readyz`)).ok) throw new Error('the ingress is not ready yet');
  }, 110_000);
  // So that there is something to tell.
  await post(signedByStripe(paymentSucceeded(), ingress.url));
}, 180_000);
afterAll(() => ingress.remove());

/** What is told to operators, in whatever form: names of metrics, sources, servers and files. */
const told = /webhooks_received_total|src_stripe|src_generic|127\.0\.0\.1:|trunkline\.yaml|"checks"|"phase"|process_/;

const elsewhere = `/ /metrics /metrics/ /METRICS //metrics /%6detrics /metrics?x=1 /hooks/../metrics /hooks/x/metrics
  /debug /debug/ /Debug /debug/pprof /readyz/ /readyz/x /livez/ /healthz /health /status /hooks /hooks/ /admin /.env
  /trunkline.yaml /favicon.ico`.split(/\s+/);

describe('the port for webhooks', () => {
  it.each(elsewhere)('answers 404 to %s, and tells nothing', async (path) => {
    const answers = await Promise.all(
      ['GET', 'POST', 'OPTIONS'].map((method) =>
        sendRaw(
          Number(new URL(ingress.url).port),
          `${method} ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
        ),
      ),
    );

    expect(answers.map(statusOf)).toEqual([404, 404, 404]);
    expect(answers.join()).not.toMatch(told);
  });

  it('answers probes with yes or no, and only to who reads', async () => {
    const answers = await Promise.all(
      ['/livez', '/readyz', '/readyz?verbose'].map((path) => fetch(ingress.url + path)),
    );
    const posted = await fetch(`${ingress.url}/readyz`, { method: 'POST' });

    expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual([
      [200, { live: true }],
      [200, { ready: true }],
      [200, { ready: true }],
    ]);
    expect(posted.status).toBe(404);
  });
});

describe("the operators' port", () => {
  it('tells what the other does not, and takes no webhook', async () => {
    const ask = (path: string): Promise<Response> => fetch(ingress.operatorUrl + path);

    const [ready, metrics] = [await (await ask('/readyz')).json(), await (await ask('/metrics')).text()];
    const delivered = await post(signedByStripe(paymentSucceeded(), ingress.operatorUrl));

    expect(ready).toMatchObject({ phase: 'running', checks: { kafka: { ok: true }, sources: { ok: true } } });
    expect(metrics).toMatch(/webhooks_received_total\{[^}]*source="src_stripe"/);
    expect(delivered.status).toBe(405);
  });
});
