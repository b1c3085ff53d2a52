import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { AllowedNetwork } from '../dial/address-guard.ts';

/** A server of HTTP in the test's own process. */
export interface Loopback {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Connections taken so far. */
  readonly connections: () => number;
  /** Ends at once, with every connection. */
  close(): Promise<void>;
}

export async function startLoopback(listener: RequestListener): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(listener).on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    connections: () => connections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** For a guard of a test that talks to servers of its own. */
export const loopbackNetwork: AllowedNetwork = { network: '127.0.0.0/8' };
