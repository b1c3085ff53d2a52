import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freePort } from './ports.ts';
import { httpProbe, kafkaProbe, postgresProbe, redisProbe } from './probes.ts';
import { resetStack } from './reset-stack.ts';
import { startStack } from './start-stack.ts';
import { waitUntil } from './testing/wait-until.ts';
import type { Stack, StackPart } from './types.ts';

// A first start on a machine without the cache downloads 300 MB; a usual one takes 15 s on two busy cores.
const startTimeoutMs = 300_000;
const restartTimeoutMs = 120_000;

describe('the embedded stack', () => {
  let folder: string;
  let stack: Stack;
  let kafkaProxyPort: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trunkline-stack-'));
    kafkaProxyPort = await freePort();
    stack = await startStack({ dataDir: join(folder, 'data'), kafkaProxyPort });
  }, startTimeoutMs);

  afterAll(async () => {
    await stack.stop();
    await resetStack(join(folder, 'data'));
    await rm(folder, { recursive: true });
  }, restartTimeoutMs);

  it('answers at every endpoint once it is started', async () => {
    const parts: StackPart[] = ['kafka', 'registry', 'postgres', 'redis', 'zipkin'];

    const answers = await Promise.all(parts.map(async (part) => await probeOf(stack, part)()));

    expect(answers).toEqual([true, true, true, true, true]);
  });

  it('advertises the proxy port on the second listener and the real one on the first', async () => {
    const upstream = Number(stack.endpoints.kafkaProxyUpstream?.split(':')[1]);
    const main = portOf(stack.endpoints.kafkaBrokers);

    const advertised = [await advertisedPort(main), await advertisedPort(upstream)];

    expect(advertised).toEqual([main, kafkaProxyPort]);
  });

  it(
    'keeps the rows of PostgreSQL when it is restarted',
    async () => {
      const id = await registerSchema(stack, 'restarted');

      await stack.part('postgres').restart();

      await waitUntil(async () => (await schemaStatus(stack, id)) === 200, restartTimeoutMs);
      expect(await probeOf(stack, 'postgres')()).toBe(true);
    },
    restartTimeoutMs,
  );

  it(
    'brings a killed broker back on its port with its cluster',
    async () => {
      const cluster = await clusterId(portOf(stack.endpoints.kafkaBrokers));
      const { pid } = stack.part('kafka');
      await stack.part('kafka').kill('SIGKILL');

      await stack.part('kafka').restart();

      expect(stack.part('kafka').pid).not.toBe(pid);
      expect(await clusterId(portOf(stack.endpoints.kafkaBrokers))).toBe(cluster);
    },
    restartTimeoutMs,
  );

  it('does not answer while a part is stopped', async () => {
    await stack.part('redis').stop();

    const answer = probeOf(stack, 'redis')();

    await expect(answer).rejects.toThrow('ECONNREFUSED');
    await stack.part('redis').restart();
  });

  it(
    'keeps connections open and silent while PostgreSQL is frozen',
    async () => {
      await stack.part('postgres').freeze();

      const answer = probeOf(stack, 'postgres')();

      await expect(answer).rejects.toThrow('no answer');
      await stack.part('postgres').thaw();
      expect(await probeOf(stack, 'postgres')()).toBe(true);
    },
    restartTimeoutMs,
  );

  it('stops a frozen part', async () => {
    await stack.part('redis').freeze();

    await stack.part('redis').stop();

    expect(stack.part('redis').pid).toBeUndefined();
    await stack.part('redis').restart();
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
      const id = await registerSchema(stack, 'kept');
      const cluster = await clusterId(portOf(stack.endpoints.kafkaBrokers));
      await stack.stop();

      stack = await startStack({ dataDir: join(folder, 'data') });

      expect(await schemaStatus(stack, id)).toBe(200);
      expect(await clusterId(portOf(stack.endpoints.kafkaBrokers))).toBe(cluster);
    },
    startTimeoutMs,
  );
});

function portOf(address: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(address)?.[1]);
}

function probeOf(stack: Stack, part: StackPart): () => Promise<boolean> {
  const { endpoints } = stack;
  switch (part) {
    case 'kafka':
      return kafkaProbe({ port: portOf(endpoints.kafkaBrokers) });
    case 'registry':
      return httpProbe(`${endpoints.registryUrl}/subjects`);
    case 'postgres':
      return postgresProbe({ port: portOf(endpoints.postgresAdminUrl) });
    case 'redis':
      return redisProbe({ port: portOf(endpoints.redisUrl) });
    case 'zipkin':
      return httpProbe(`${endpoints.zipkinUrl}/health`);
    default:
      return part satisfies never;
  }
}

/** The registry stores it in PostgreSQL. */
async function registerSchema(stack: Stack, subject: string): Promise<number> {
  const response = await fetch(`${stack.endpoints.registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify({ type: 'record', name: subject, fields: [] }) }),
  });
  const answer = (await response.json()) as { id: number };
  return answer.id;
}

async function schemaStatus(stack: Stack, id: number): Promise<number> {
  return (await fetch(`${stack.endpoints.registryUrl}/schemas/ids/${id}`)).status;
}

/** The port in the first broker of a Metadata answer: [size, correlation, brokers, node id, host, port …]. */
async function advertisedPort(port: number): Promise<number> {
  const answer = await metadata(port);
  const hostBytes = answer.readInt16BE(16);
  return answer.readInt32BE(18 + hostBytes);
}

/** Version 2 adds the cluster id after the brokers; with one broker without a rack it follows its port and rack. */
async function clusterId(port: number): Promise<string> {
  const answer = await metadata(port);
  const afterPort = 18 + answer.readInt16BE(16) + 4;
  const idBytes = answer.readInt16BE(afterPort + 2);
  return answer.toString('utf8', afterPort + 4, afterPort + 4 + idBytes);
}

async function metadata(port: number): Promise<Buffer> {
  const request = Buffer.from('0000000e00030002000000010000' + '00000000', 'hex');
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (answer: Buffer) => {
      socket.destroy();
      resolve(answer);
    });
  });
}
