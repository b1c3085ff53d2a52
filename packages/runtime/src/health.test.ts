import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { TrunklineError } from '@trunkline/core';
import { afterEach, describe, expect, it } from 'vitest';

import { createHealth, createProbeHandler } from './health.ts';
import { createOperatorPages } from './operator-pages.ts';
import { startOperatorServer } from './operator-server.ts';
import { createOperatorHandler } from './operators.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Serving {
  readonly health?: ReturnType<typeof createHealth>;
  readonly token?: string;
}

async function serve({ health = createHealth(), token }: Serving = {}): Promise<string> {
  const pages = createOperatorPages();
  pages.add('/debug/page', async (query) => {
    if (query.get('hours') === 'x') throw new TrunklineError('config_invalid', 'hours is a number');
    return await Promise.resolve({ hours: query.get('hours') });
  });
  const answers = { ...health, metrics: () => Promise.resolve('m 1\n') };
  const handler = createOperatorHandler({ answers, token, pageOf: pages.pageOf });
  const server = await startOperatorServer({ host: '127.0.0.1', port: 0, handler });
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

/** A registry with one check that fails and says why. */
function waitingForKafka(): ReturnType<typeof createHealth> {
  const health = createHealth();
  health.check('kafka', () => ({ ok: false, detail: 'connecting to Kafka at k:9092' }));
  health.summarise('sources', () => [{ id: 'src_a' }]);
  health.enter('running');
  return health;
}

describe("a page of a service on the operators' port", () => {
  it('answers what it is asked, a mistake as one, and nobody without the token', async () => {
    const url = await serve({ token: 'a-token-of-the-test' });
    const ask = async (query: string, token?: string): Promise<readonly [number, unknown]> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/debug/${query}`, { headers });
      return [answer.status, await answer.json()];
    };

    expect(await ask('page?hours=3', 'a-token-of-the-test')).toEqual([200, { hours: '3' }]);
    expect((await ask('page?hours=x', 'a-token-of-the-test'))[0]).toBe(400);
    expect((await ask('other', 'a-token-of-the-test'))[0]).toBe(404);
    expect(await ask('page?hours=3')).toEqual([401, { error: 'unauthorized' }]);
  });
});

describe("the operators' port", () => {
  it('is live while starting, and ready only when running and every check says so', async () => {
    const health = createHealth();
    let kafka = false;
    health.check('kafka', () => (kafka ? { ok: true } : { ok: false, detail: 'connecting to Kafka at k:9092' }));
    const url = await serve({ health });

    const live = await fetch(`${url}/livez`);
    const starting = await fetch(`${url}/readyz`);
    health.enter('running');
    const waiting = await fetch(`${url}/readyz`);
    kafka = true;
    const ready = await fetch(`${url}/readyz`);
    health.enter('stopping');
    const stopping = await fetch(`${url}/readyz`);

    expect([live.status, starting.status, waiting.status, ready.status, stopping.status]).toEqual([
      200, 503, 503, 200, 503,
    ]);
    expect(await waiting.json()).toEqual({
      ready: false,
      phase: 'running',
      checks: { kafka: { ok: false, detail: 'connecting to Kafka at k:9092' } },
    });
  });

  it('takes a check that throws for a check that failed', () => {
    const health = createHealth();
    health.enter('running');
    health.check('broken', () => {
      throw new Error('no idea');
    });

    const readiness = health.readiness();

    expect(readiness.ready).toBe(false);
    expect(readiness.checks['broken']?.ok).toBe(false);
  });

  it('serves metrics and a summary, 404 elsewhere, and reads only', async () => {
    const url = await serve({ health: waitingForKafka() });

    const metrics = await fetch(`${url}/metrics?x=1`);
    const summary = await fetch(`${url}/debug`);
    const elsewhere = await fetch(`${url}/metricsz`);
    const written = await fetch(`${url}/metrics`, { method: 'POST' });

    expect([metrics.status, await metrics.text()]).toEqual([200, 'm 1\n']);
    expect(await summary.json()).toEqual({ sources: [{ id: 'src_a' }] });
    expect([elsewhere.status, written.status]).toEqual([404, 405]);
  });

  it('with a token tells those who do not know it no more than a probe needs', async () => {
    const token = 'a-token-of-some-length';
    const url = await serve({ health: waitingForKafka(), token });
    const answers = async (authorization: string | undefined): Promise<readonly unknown[]> => {
      const ask = (path: string): Promise<Response> =>
        fetch(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } });
      const ready = await ask('/readyz');
      const [live, metrics, debug] = await Promise.all(['/livez', '/metrics', '/debug'].map(ask));
      return [live?.status, ready.status, Object.keys((await ready.json()) as object), metrics?.status, debug?.status];
    };

    for (const stranger of [undefined, 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`, token]) {
      expect(await answers(stranger)).toEqual([200, 503, ['ready'], 401, 401]);
    }
    expect(await answers(`Bearer ${token}`)).toEqual([200, 503, ['ready', 'phase', 'checks'], 200, 200]);
  });

  it('refuses a taken port by naming the variable that chooses another', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;

    const starting = startOperatorServer({ host: '127.0.0.1', port, handler: () => undefined });

    await expect(starting).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('TRUNKLINE_OPERATOR_PORT'),
    });
  });
});

describe('a probe on any other port', () => {
  it('gets yes or no and nothing more', async () => {
    const probes = createProbeHandler(waitingForKafka());
    const server = createServer((request, response) => {
      if (!probes(request, response)) response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const [live, ready] = [await fetch(`${url}/livez`), await fetch(`${url}/readyz`)];
    const others = ['/metrics', '/debug', '/readyz/', '/livez/x'].map(async (path) => (await fetch(url + path)).status);
    const posted = await fetch(`${url}/readyz`, { method: 'POST' });

    expect([live.status, await live.json(), ready.status, await ready.json()]).toEqual([
      200,
      { live: true },
      503,
      { ready: false },
    ]);
    expect([...(await Promise.all(others)), posted.status]).toEqual([404, 404, 404, 404, 404]);
  });
});
