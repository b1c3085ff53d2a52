import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

import { foreignCode } from '@trunkline/core';

// Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: what is killed or
// refuses for a while must find its port free again, however many connections a load generator opened meanwhile.
const firstPort = 20_000;
const lastPort = 30_000;
const attempts = 100;

/** Ports that nobody listened on a moment ago. All are held until all are found, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  for (let attempt = 0; held.size < count; attempt += 1) {
    if (attempt === attempts + count) throw new Error(`no free port between ${firstPort} and ${lastPort}`);
    const port = randomInt(firstPort, lastPort);
    const server = await holding(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => once(server.close(), 'close')));
  return [...held.keys()];
}

/** A server that listens there, or undefined when somebody else does. */
async function holding(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ port, host: '127.0.0.1', exclusive: true }), 'listening');
    return server;
  } catch (error) {
    if (foreignCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}
