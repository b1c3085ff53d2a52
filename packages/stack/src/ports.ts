/** Which port each part listens on. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { TrunklineError } from '@trunkline/core';

import { partTitles } from './types.ts';
import type { StackPart } from './types.ts';

export const loopback = '127.0.0.1';

/** The ports of `npm start`: the same on every run, so that URLs can be bookmarked and other shells keep working. */
export const stablePorts: Readonly<Record<StackPart, number>> = {
  kafka: 19092,
  registry: 18081,
  postgres: 15432,
  redis: 16379,
  zipkin: 19411,
};

/** The variable that moves one part to another port. */
export function portVariable(part: StackPart): string {
  return `TRUNKLINE_${part.toUpperCase()}_PORT`;
}

// Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: a stopped part must
// find its port free again, however many connections a load generator opened meanwhile.
const firstFreePort = 20_000;
const lastFreePort = 30_000;
const freePortAttempts = 100;

/** A port nobody listens on now. Somebody may take it before we do; then the part's start fails and says so. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < freePortAttempts; attempt += 1) {
    const port = randomInt(firstFreePort, lastFreePort);
    if (await isFree(port)) return port;
  }
  throw new TrunklineError('dependency_unavailable', `no free port found between ${firstFreePort} and ${lastFreePort}`);
}

/** The given ports, checked, and free ones for the rest. All taken ports are named in one message. */
export async function choosePorts(
  parts: readonly StackPart[],
  given: Partial<Record<StackPart, number>>,
): Promise<Record<StackPart, number>> {
  const chosen: Partial<Record<StackPart, number>> = {};
  const taken: string[] = [];
  for (const part of parts) {
    const port = given[part];
    chosen[part] = port ?? (await freePort());
    if (port !== undefined && !(await isFree(port))) {
      taken.push(
        `port ${port} is taken and ${partTitles[part]} wants it (stop what uses it, or choose another: ${portVariable(part)}=<port>)`,
      );
    }
  }
  if (taken.length > 0) throw new TrunklineError('config_invalid', taken.join('; '));
  return withUnused(chosen);
}

/** Parts that are not started have no port; 0 keeps the record total and can never be connected to. */
function withUnused(chosen: Partial<Record<StackPart, number>>): Record<StackPart, number> {
  const { kafka = 0, registry = 0, postgres = 0, redis = 0, zipkin = 0 } = chosen;
  return { kafka, registry, postgres, redis, zipkin };
}

/** True when we could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
