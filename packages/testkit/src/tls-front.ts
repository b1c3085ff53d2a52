import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

/** PEM. */
interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsFrontOptions {
  /** host:port of the server behind it, which is spoken to in plain. */
  readonly upstream: string;
  readonly certificate: Certificate;
  /** Postgres asks whether there is TLS before it begins with it. */
  readonly protocol?: 'tls' | 'postgres';
}

/** TLS on loopback in front of a server that has none. */
export interface TlsFront {
  readonly port: number;
  /** The certificate of connections to come. */
  use(certificate: Certificate): void;
  close(): Promise<void>;
}

/** https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-SSL */
const sslRequestBytes = 8;

export async function startTlsFront({ upstream, certificate, protocol = 'tls' }: TlsFrontOptions): Promise<TlsFront> {
  const { hostname, port } = new URL(`tcp://${upstream}`);
  const open = new Set<Socket>();
  let context = contextOf(certificate);
  const take = async (client: Socket): Promise<void> => {
    if (protocol === 'postgres') await acceptTls(client);
    const secured = new TLSSocket(client, { isServer: true, secureContext: context });
    const server = connect({ host: hostname, port: Number(port) });
    open.add(server);
    await Promise.all([pipeline(secured, server), pipeline(server, secured)]);
  };
  const front = createServer((client) => {
    open.add(client);
    // Whoever does not believe the certificate hangs up; both ends of a connection tell of it themselves.
    take(client).catch(() => client.destroy());
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const address = front.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    use: (next) => {
      context = contextOf(next);
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      front.close();
      await once(front, 'close');
    },
  };
}

function contextOf({ certificate, key }: Certificate): SecureContext {
  return createSecureContext({ cert: certificate, key });
}

async function acceptTls(client: Socket): Promise<void> {
  while (client.readableLength < sslRequestBytes) await once(client, 'readable');
  client.read(sslRequestBytes);
  client.write('S');
}
