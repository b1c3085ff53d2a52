import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { listedBrokers } from './probes.ts';
import { startStack } from './start-stack.ts';
import { waitUntil } from './testing/wait-until.ts';
import type { Stack } from './types.ts';

// Three JVMs on two busy cores, after the download of a first start.
const startTimeoutMs = 300_000;
const restartTimeoutMs = 120_000;

let folder: string;
let stack: Stack | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-brokers-'));
});

afterEach(async () => {
  await stack?.stop();
  stack = undefined;
}, restartTimeoutMs);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it(
  'three brokers choose another controller when theirs is killed, whichever that is, and each comes back where it was',
  async () => {
    const running = (stack = await startStack({ dataDir: join(folder, 'three'), parts: ['kafka'], brokers: 3 }));
    const ports = portsOf(running);
    expect(running.broker(1)).toBe(running.part('kafka'));
    expect(() => running.broker(4)).toThrow(expect.objectContaining({ code: 'config_invalid' }));

    for (const [index, port] of ports.entries()) {
      const others = ports.filter((other) => other !== port);
      const asked = others[0] ?? 0;
      const seen = async (): Promise<ReadonlySet<number>> => new Set(await listedBrokers({ port: asked }));
      expect(await seen()).toEqual(new Set(ports));
      await running.broker(index + 1).kill('SIGKILL');
      // Only a controller takes a broker off the list, and puts it back.
      await waitUntil(async () => (await seen()).size === 2, restartTimeoutMs);
      expect(await seen()).toEqual(new Set(others));
      await running.broker(index + 1).restart();
      await waitUntil(async () => (await seen()).size === 3, restartTimeoutMs);
    }
  },
  startTimeoutMs,
);

it(
  'a data folder keeps the number of brokers that it was made with',
  async () => {
    const dataDir = join(folder, 'one');
    stack = await startStack({ dataDir, parts: ['kafka'] });
    await stack.stop();

    const grown = startStack({ dataDir, parts: ['kafka'], brokers: 3 });

    await expect(grown).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('that of 1 broker(s), 3 are to be started'),
    });
  },
  startTimeoutMs,
);

function portsOf({ endpoints }: Stack): number[] {
  return endpoints.kafkaBrokers.split(',').map((address) => Number(address.split(':')[1]));
}
