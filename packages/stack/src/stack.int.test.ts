import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { resetStack } from './reset-stack.ts';
import { startStack } from './start-stack.ts';
import {
  clusterId,
  describeStack,
  portOf,
  registerSchema,
  restartTimeoutMs,
  schemaStatus,
} from './testing/describe-stack.ts';

// A first start on a machine without the cache downloads 300 MB; a usual one takes 15 s on two busy cores.
const startTimeoutMs = 300_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-stack-'));
});

afterAll(async () => {
  await resetStack(join(folder, 'data'));
  await rm(folder, { recursive: true });
}, restartTimeoutMs);

describeStack({
  name: 'embedded',
  start: async (kafkaProxyPort) => await startStack({ dataDir: join(folder, 'data'), kafkaProxyPort }),
  startTimeoutMs,
  more: (running) => {
    it(
      'knows the process of a part, and that a stopped part has none',
      async () => {
        const { pid } = running().part('redis');

        await running().part('redis').stop();

        expect(pid).toBeGreaterThan(1);
        expect(running().part('redis').pid).toBeUndefined();
        await running().part('redis').restart();
        expect(running().part('redis').pid).not.toBe(pid);
      },
      restartTimeoutMs,
    );

    it('has the classes of the servers in Java from the archives of a run before', (context) => {
      if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');
      const mapped = (['kafka', 'registry', 'zipkin'] as const).map((part) =>
        archiveOf(running().part(part).pid ?? Number.NaN),
      );

      expect(mapped).toEqual([
        expect.stringContaining('/kafka-'),
        expect.stringContaining('/apicurio-registry-'),
        expect.stringContaining('/zipkin-'),
      ]);
    });

    it('refuses a second stack on the same folder and names the process that holds it', async () => {
      const second = startStack({ dataDir: join(folder, 'data'), parts: ['redis'] });

      await expect(second).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining(`pid ${process.pid}`),
      });
    });

    it(
      'starts again on the same data, on other ports, and knows its schemas and its cluster',
      async () => {
        const id = await registerSchema(running(), 'kept');
        const cluster = await clusterId(portOf(running().endpoints.kafkaBrokers));
        await running().stop();

        const again = await startStack({ dataDir: join(folder, 'data') });

        try {
          expect(await schemaStatus(again, id)).toBe(200);
          expect(await clusterId(portOf(again.endpoints.kafkaBrokers))).toBe(cluster);
        } finally {
          await again.stop();
        }
      },
      startTimeoutMs,
    );
  },
});

/** The archive of classes that a process has mapped, beside the one that Java brings. */
function archiveOf(pid: number): string | undefined {
  return / (\/\S*\/classes-\w+\.jsa)$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[1];
}
