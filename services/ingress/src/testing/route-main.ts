import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import type { HeldMemory, RouteStart } from './route-process.ts';
import { genericToken, prepareCorner, type Servers } from './running-ingress.ts';
import { startRoute } from './running-route.ts';

/** The program of route-process.ts. */
// The parent has written the servers as JSON.
const corner = await prepareCorner(JSON.parse(process.argv[2] ?? '') as Servers);
const route = await startRoute({
  corner,
  // Many slow bodies at once is what it is for.
  arrivalTimeoutMs: 300_000,
  publisher: {
    publish: () => Promise.resolve(),
    state: () => 'ready',
    waitingBytes: () => 0,
    close: () => Promise.resolve(),
  },
});

const sockets = new Set<Socket>();
subscribe('http.server.request.start', (message) => {
  // As Node documents the channel.
  sockets.add((message as { readonly socket: Socket }).socket);
});
process.on('message', () => {
  tellMemory().catch((error: unknown) => process.send?.({ error: String(error) }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: route.port, token: genericToken } satisfies RouteStart);

/** The least of some readings: a collection may leave for the next one what it found too late. */
async function tellMemory(): Promise<void> {
  let bytes = Infinity;
  for (let reading = 0; reading < 4; reading += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed, external } = process.memoryUsage();
    bytes = Math.min(bytes, heapUsed + external);
  }
  const receivedBytes = [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0);
  process.send?.({ bytes, receivedBytes } satisfies HeldMemory);
}
