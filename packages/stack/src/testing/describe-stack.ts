/** What every stack promises that is started here, whatever its servers run in. */
import { connect } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freePort } from '../ports.ts';
import { httpProbe, kafkaProbe, postgresProbe, redisProbe } from '../probes.ts';
import { stackParts } from '../types.ts';
import type { Stack, StackPart } from '../types.ts';
import { waitUntil } from './wait-until.ts';

export interface StackKindUnderTest {
  readonly name: string;
  /** Starts all parts, Kafka with a second listener that is advertised at the port. */
  readonly start: (kafkaProxyPort: number) => Promise<Stack>;
  /** Includes the downloads of a first start. */
  readonly startTimeoutMs: number;
  /** Cases of this kind alone; they run last, and may stop the stack. */
  readonly more?: (running: () => Stack) => void;
}

export const restartTimeoutMs = 120_000;

export function describeStack(kind: StackKindUnderTest): void {
  describe(`the ${kind.name} stack`, () => {
    let stack: Stack;
    let kafkaProxyPort: number;

    beforeAll(async () => {
      kafkaProxyPort = await freePort();
      stack = await kind.start(kafkaProxyPort);
    }, kind.startTimeoutMs);

    afterAll(async () => {
      await stack.stop();
    }, restartTimeoutMs);

    it('answers at every endpoint once it is started', async () => {
      const answers = await Promise.all(stackParts.map(async (part) => await probeOf(stack, part)()));

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
        await stack.part('kafka').kill('SIGKILL');
        await expect(probeOf(stack, 'kafka')()).rejects.toThrow('ECONNREFUSED');

        await stack.part('kafka').restart();

        expect(await clusterId(portOf(stack.endpoints.kafkaBrokers))).toBe(cluster);
      },
      restartTimeoutMs,
    );

    it(
      'does not answer while a part is stopped',
      async () => {
        await stack.part('redis').stop();

        const answer = probeOf(stack, 'redis')();

        await expect(answer).rejects.toThrow('ECONNREFUSED');
        await stack.part('redis').restart();
      },
      restartTimeoutMs,
    );

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

    it(
      'stops a frozen part',
      async () => {
        await stack.part('redis').freeze();

        await stack.part('redis').stop();

        await expect(probeOf(stack, 'redis')()).rejects.toThrow('ECONNREFUSED');
        await stack.part('redis').restart();
      },
      restartTimeoutMs,
    );

    it(
      'finds the trace store where it was after a restart',
      async () => {
        await stack.part('zipkin').restart();

        expect(await probeOf(stack, 'zipkin')()).toBe(true);
      },
      restartTimeoutMs,
    );

    kind.more?.(() => stack);
  });
}

export function portOf(address: string): number {
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
      // Jaeger takes Zipkin's spans but has only its own page.
      return httpProbe(endpoints.jaegerUrl ?? `${endpoints.zipkinUrl}/health`);
    default:
      return part satisfies never;
  }
}

/** The registry stores it in PostgreSQL. */
export async function registerSchema(stack: Stack, subject: string): Promise<number> {
  const response = await fetch(`${stack.endpoints.registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify({ type: 'record', name: subject, fields: [] }) }),
  });
  const answer = (await response.json()) as { id: number };
  return answer.id;
}

export async function schemaStatus(stack: Stack, id: number): Promise<number> {
  return (await fetch(`${stack.endpoints.registryUrl}/schemas/ids/${id}`)).status;
}

/** The port in the first broker of a Metadata answer: [size, correlation, brokers, node id, host, port …]. */
async function advertisedPort(port: number): Promise<number> {
  const answer = await metadata(port);
  const hostBytes = answer.readInt16BE(16);
  return answer.readInt32BE(18 + hostBytes);
}

/** Version 2 adds the cluster id after the brokers; with one broker without a rack it follows its port and rack. */
export async function clusterId(port: number): Promise<string> {
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
