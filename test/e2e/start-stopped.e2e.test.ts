import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '@trunkline/installation';
import { expect, it, onTestFinished } from 'vitest';

import { createCheckout } from './checkout.ts';
import { givenServers, portsOfItsOwn, startDeadlineMs } from './starts.ts';

it('npm start that is interrupted while a server keeps it waiting says so, and ends without having started a service', async () => {
  const checkout = createCheckout();
  onTestFinished(() => checkout.remove());
  const registry = await serverThatNeverAnswers();
  const run = checkout.start({
    ...(await portsOfItsOwn()),
    ...(await givenServers()),
    TRUNKLINE_REGISTRY_URL: registry.url,
  });
  await until('the registry is asked', () => registry.isAsked() || run.hasExited(), { deadlineMs: startDeadlineMs });

  run.interrupt();

  await until('it is told', () => run.stderr().includes('Stopping …'));
  expect(await run.exited).toBe(0);
  expect(run.stderr()).toMatch(/\nStopped\.\n$/);
  expect(existsSync(checkout.file('.trunkline/logs'))).toBe(false);
  expect(checkout.processes()).toEqual([]);
}, 240_000);

async function serverThatNeverAnswers(): Promise<{ readonly url: string; isAsked(): boolean }> {
  let isAsked = false;
  const server = createServer(() => {
    isAsked = true;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, isAsked: () => isAsked };
}
