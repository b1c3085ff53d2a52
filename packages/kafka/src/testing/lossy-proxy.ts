import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a broker that can lose answers on their way back. */
export interface LossyProxy {
  /** Passes the next request on, then cuts the connection instead of passing the answer back. */
  loseNextAnswer(): void;
  /** How many answers were lost so far. */
  lost(): number;
  /** While hidden, whoever asks for the coordinator of a group, or for anything as its member, loses the connection. */
  hideCoordinator(hidden: boolean): void;
  /** How often a coordinator was asked for in vain. */
  askedInVain(): number;
  close(): Promise<void>;
}

/** https://kafka.apache.org/protocol#protocol_api_keys */
const apiKey = { produce: 0, fetch: 1, offsetCommit: 8, findCoordinator: 10, joinGroup: 11, heartbeat: 12 } as const;
const asMember: readonly (number | undefined)[] = [
  apiKey.fetch,
  apiKey.offsetCommit,
  apiKey.joinGroup,
  apiKey.heartbeat,
];

export async function startLossyProxy(port: number, upstream: string): Promise<LossyProxy> {
  const [host = '', upstreamPort = ''] = upstream.split(':');
  const sockets = new Set<Socket>();
  let armed = false;
  let lost = 0;
  let isCoordinatorHidden = false;
  let askedInVain = 0;

  const server = createServer((client) => {
    const broker = connect({ host, port: Number(upstreamPort) });
    let losing = false;
    client.on('data', (bytes: Buffer) => {
      const key = apiKeyOf(bytes);
      if (isCoordinatorHidden && (key === apiKey.findCoordinator || asMember.includes(key))) {
        if (key === apiKey.findCoordinator) askedInVain += 1;
        client.destroy();
        return;
      }
      if (armed && key === apiKey.produce) {
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
    hideCoordinator: (hidden) => {
      isCoordinatorHidden = hidden;
    },
    askedInVain: () => askedInVain,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Of the request that the bytes begin with: it stands after the length. */
function apiKeyOf(bytes: Buffer): number | undefined {
  return bytes.length > 6 ? bytes.readInt16BE(4) : undefined;
}
