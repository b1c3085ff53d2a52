import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a broker that can lose an answer on its way back. */
export interface LossyProxy {
  /** Passes the next request on, then cuts the connection instead of passing the answer back. */
  loseNextAnswer(): void;
  /** How many answers were lost so far. */
  lost(): number;
  close(): Promise<void>;
}

export async function startLossyProxy(port: number, upstream: string): Promise<LossyProxy> {
  const [host = '', upstreamPort = ''] = upstream.split(':');
  const sockets = new Set<Socket>();
  let armed = false;
  let lost = 0;

  const server = createServer((client) => {
    const broker = connect({ host, port: Number(upstreamPort) });
    let losing = false;
    client.on('data', (bytes: Buffer) => {
      // A produce request: api key 0 after the length. Metadata and heartbeats are let through.
      if (armed && bytes.length > 6 && bytes.readInt16BE(4) === 0) {
        armed = false;
        losing = true;
      }
      broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      if (!losing) {
        client.write(bytes);
        return;
      }
      lost += 1;
      client.destroy();
      broker.destroy();
    });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    loseNextAnswer: () => (armed = true),
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
