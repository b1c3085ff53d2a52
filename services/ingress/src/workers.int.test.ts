import { Agent, request as send } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import type { ReceivedRequest } from '@trunkline/providers';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { type IngressProcess, sampleSources, startIngressProcess } from './testing/ingress-process.ts';
import { type Corner, prepareCorner } from './testing/running-ingress.ts';
import { paymentSucceeded, signedByStripe, slowDelivery, statusOf } from './testing/sending.ts';

const failuresPerMinute = 10;
const noAnswerMs = 60_000;
/** Beside the others one with a rate that is soon used up. */
const sources = `${sampleSources}  - id: src_slow
    tenant: tnt_test
    provider: stripe
    account: acct_2
    secrets: [env:STRIPE_SECRET]
    options: { modes: [test, live] }
    rate: { requests: 5, per: 1h, burst: 5 }
    bodyLimitBytes: 262144
`;

let corner: Corner;
let ingress: IngressProcess;
beforeAll(async () => {
  corner = await prepareCorner(inject('stack'));
  ingress = await startIngressProcess(corner, sources, {
    TRUNKLINE_INGRESS_WORKERS: '2',
    TRUNKLINE_INGRESS_FAILED_VERIFICATIONS_PER_MINUTE: String(failuresPerMinute),
  });
  await untilBothRun(ingress);
}, 120_000);
afterAll(() => ingress.remove());

/** The status of the answer, or why there is none. Every request has a connection of its own unless the agent keeps them. */
async function outcomeOf(request: ReceivedRequest, agent: Agent | false = false): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = request.headers.flatMap(([name, value]) => [name, value]);
    const { hostname, port } = new URL(request.publicUrl);
    const host = ['host', `${hostname}:${port}`, 'content-length', String(request.body.length)];
    const sent = send(
      { hostname, port, path: request.target, method: request.method, agent, headers: [...host, ...headers] },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', (error) => resolve(codeOf(error)));
      },
    );
    sent.on('error', (error) => resolve(codeOf(error)));
    sent.setTimeout(noAnswerMs, () => sent.destroy(new Error('no answer')));
    sent.end(request.body);
  });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

interface Readyz {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly detail?: string } | undefined>>;
}

async function untilBothRun(ingressProcess: IngressProcess): Promise<void> {
  await vi.waitFor(
    async () => {
      // The shape that workers-health.ts of packages/runtime answers with.
      const told = (await (await fetch(`${ingressProcess.operatorUrl}/readyz`)).json()) as Readyz;
      expect(told, ingressProcess.output()).toMatchObject({ ready: true, checks: { workers: { ok: true } } });
      expect(told.checks['workers']?.detail).toBeUndefined();
    },
    { timeout: 100_000, interval: 50 },
  );
}

/** Of the workers that say that they listen, the last first. */
function workerPids(ingressProcess: IngressProcess): readonly number[] {
  return [...ingressProcess.output().matchAll(/"instance":"[^"]*-([0-9]+)"[^\n]*"message":"listening"/g)]
    .map(([, pid]) => Number(pid))
    .toReversed();
}

describe('an ingress of two workers', () => {
  it('serves one port with both, and tells operators of both on one', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, () => outcomeOf(signedByStripe(paymentSucceeded(), ingress.url))),
    );

    const metrics = await (await fetch(`${ingress.operatorUrl}/metrics`)).text();
    const debug = (await (await fetch(`${ingress.operatorUrl}/debug`)).json()) as object;
    const counted = [...metrics.matchAll(/^webhook_verdicts_total\{worker="([12])"[^}]*\} ([0-9]+)$/gm)];
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(new Set(counted.map(([, worker]) => worker))).toEqual(new Set(['1', '2']));
    expect(counted.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(20);
    expect(metrics.match(/^# TYPE webhook_verdicts_total counter$/gm)).toHaveLength(1);
    expect(debug).toMatchObject({ sources: { problems: [] }, workers: [{ number: 1 }, { number: 2 }] });
  });

  it('lets no more through than the rate of a source, whichever worker is asked', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, () =>
        outcomeOf(signedByStripe(paymentSucceeded(), ingress.url, { sourceId: 'src_slow' })),
      ),
    );

    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(25);
  });

  it('holds failed verifications against an address at both workers', async () => {
    const other = await startIngressProcess(corner, sources, {
      TRUNKLINE_INGRESS_WORKERS: '2',
      TRUNKLINE_INGRESS_FAILED_VERIFICATIONS_PER_MINUTE: String(failuresPerMinute),
    });
    await untilBothRun(other);
    const forged = signedByStripe(paymentSucceeded(), other.url, { secret: 'whsec_other' });
    // Asking by HEAD counts nothing. Connections are handed out in turn, so six of them ask both.
    const asking = { ...forged, method: 'HEAD', body: Buffer.alloc(0) };
    const asked = await vi.waitFor(async () => {
      // All at once, so that the minute does not forgive some of them meanwhile.
      await Promise.all(Array.from({ length: failuresPerMinute }, () => outcomeOf(forged)));
      const statuses = await Promise.all(Array.from({ length: 6 }, () => outcomeOf(asking)));
      expect(new Set(statuses)).toEqual(new Set([429]));
      return statuses;
    }, 60_000);
    await other.remove();

    expect(asked).toHaveLength(6);
  });

  it('loses with a worker that is killed under load no more than was on its connections, and replaces it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 40 });
    const [killed = 0] = workerPids(ingress);
    const outcomes: Promise<number | string>[] = [];

    // 300 a second for three seconds.
    for (let tick = 0; tick < 60; tick += 1) {
      for (let n = 0; n < 15; n += 1) {
        outcomes.push(outcomeOf(signedByStripe(paymentSucceeded(), ingress.url), agent));
      }
      if (tick === 20) process.kill(killed, 'SIGKILL');
      await pause(50);
    }
    const found = await Promise.all(outcomes);
    agent.destroy();

    const failed = found.filter((outcome) => outcome !== 200);
    expect(failed.filter((outcome) => outcome !== 'ECONNRESET' && outcome !== 'EPIPE')).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(40);
    await untilBothRun(ingress);
    expect(workerPids(ingress)).toHaveLength(3);
  });

  it('ends a connection that a worker was to take when it was killed', async () => {
    const [frozen = 0] = workerPids(ingress);
    process.kill(frozen, 'SIGSTOP');
    let answered = 0;
    // Whoever is offered a connection is offered no other before it has taken that, so the frozen one has one of these.
    const outcomes = Array.from({ length: 4 }, async () => {
      const outcome = await outcomeOf(signedByStripe(paymentSucceeded(), ingress.url));
      answered += 1;
      return outcome;
    });
    await vi.waitFor(() => expect(answered).toBe(3), noAnswerMs);

    process.kill(frozen, 'SIGKILL');

    expect((await Promise.all(outcomes)).filter((outcome) => outcome !== 200)).toEqual(['ECONNRESET']);
    await untilBothRun(ingress);
  });

  it('answers everything it has taken when it is told to stop, and exits with 0', async () => {
    const other = await startIngressProcess(corner, sources, { TRUNKLINE_INGRESS_WORKERS: '2' });
    await untilBothRun(other);
    const deliveries = Array.from({ length: 40 }, () => slowDelivery(Number(new URL(other.url).port)));
    await Promise.all(deliveries.map(({ taken }) => taken));

    other.child.kill('SIGTERM');
    const statuses = (await Promise.all(deliveries.map((delivery) => delivery.finish()))).map(statusOf);
    const code = await other.exit;
    await other.remove();

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(code).toBe(0);
  });

  it('takes its workers with it when it is killed', async () => {
    const other = await startIngressProcess(corner, sources, { TRUNKLINE_INGRESS_WORKERS: '2' });
    await untilBothRun(other);
    const pids = workerPids(other);

    other.child.kill('SIGKILL');

    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 60_000);
    await other.remove();
    expect(pids).toHaveLength(2);
  });

  it('does not start with sources that no worker can read, and says so once for each', async () => {
    const wrong = sampleSources.replace('tenant: tnt_test', 'tenant: tnt_tset');
    const other = await startIngressProcess(corner, wrong, { TRUNKLINE_INGRESS_WORKERS: '2' });

    const code = await other.exit;
    const output = other.output();
    await other.remove();

    expect(code).toBe(1);
    expect(output).toMatch(/trunkline\.yaml:7:[0-9]+/);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
