import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { startHealthServer } from './health-server.ts';
import { createHealth, createHealthHandler } from './health.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(health = createHealth()): Promise<string> {
  const server = await startHealthServer(
    '127.0.0.1',
    0,
    createHealthHandler(health, (_request, response) => response.end('m 1\n')),
  );
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

describe('the health port', () => {
  it('is live while starting, and ready only when running and every check says so', async () => {
    const health = createHealth();
    let kafka = false;
    health.check('kafka', () => (kafka ? { ok: true } : { ok: false, detail: 'connecting to Kafka at k:9092' }));
    const url = await serve(health);

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

  it('serves metrics, and 404 elsewhere', async () => {
    const url = await serve();

    const metrics = await fetch(`${url}/metrics?x=1`);
    const elsewhere = await fetch(`${url}/metricsz`);

    expect([metrics.status, await metrics.text(), elsewhere.status]).toEqual([200, 'm 1\n', 404]);
  });

  it('refuses a taken port by naming the variable that chooses another', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;

    const starting = startHealthServer('127.0.0.1', port, () => false);

    await expect(starting).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('TRUNKLINE_HEALTH_PORT'),
    });
  });
});
