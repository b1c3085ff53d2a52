import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { foreignCode } from '@trunkline/core';

// Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: what is killed or
// refuses for a while must find its port free again, however many connections a load generator opened meanwhile.
const firstPort = 20_000;
const lastPort = 30_000;
/** MongoDB's: no webhook is sent to a port where databases listen, so no receiver may be given one. */
const portsOfDatabases: ReadonlySet<number> = new Set([27_017, 27_018]);
const attempts = 100;
/** From being found to being listened on: nobody else is given the port meanwhile. */
const reservedMs = 60_000;

/**
 * Ports that nobody listened on a moment ago, and that nobody on this machine was given in the last minute: whoever asks takes
 * seconds to listen. All are held until all are found, so that they differ.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  for (let attempt = 0; held.size < count; attempt += 1) {
    if (attempt === attempts + count) throw new Error(`no free port between ${firstPort} and ${lastPort}`);
    const port = randomInt(firstPort, lastPort);
    if (portsOfDatabases.has(port)) continue;
    const server = await holding(port);
    if (server === undefined) continue;
    if (reserve(port)) held.set(port, server);
    else server.close();
  }
  await Promise.all([...held.values()].map((server) => once(server.close(), 'close')));
  return [...held.keys()];
}

/** By a file that is touched; false when somebody else has touched it. A folder of somebody else's cannot keep us from working. */
function reserve(port: number): boolean {
  const file = join(tmpdir(), 'trunkline-ports', String(port));
  try {
    mkdirSync(join(tmpdir(), 'trunkline-ports'), { recursive: true, mode: 0o777 });
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (foreignCode(error) !== 'EEXIST') return true;
    if (Date.now() - statSync(file).mtimeMs < reservedMs) return false;
    const now = new Date();
    utimesSync(file, now, now);
    return true;
  }
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
