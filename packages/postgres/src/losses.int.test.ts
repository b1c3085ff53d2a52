import { createServer, type Socket } from 'node:net';

import { expect, it, onTestFinished } from 'vitest';

import { createDatabase, type DatabaseEvent } from './database.ts';

it('a connection that the server ends in the breath in which it has opened it is an outage, and no end of the process', async () => {
  const events: DatabaseEvent[] = [];
  const database = createDatabase({
    connectionString: `postgresql://anybody@127.0.0.1:${await portOfServerThatEnds()}/any`,
    schema: 'shop',
    applicationName: 'test',
    maxConnections: 1,
    statementTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(() => database.close({ deadlineMs: 5_000 }));

  await expect(database.statement('SELECT 1', [])).rejects.toMatchObject({
    code: 'dependency_unavailable',
    message: 'shutting down',
  });

  expect(events).toContainEqual({
    kind: 'connection_lost',
    error: expect.objectContaining({ message: 'shutting down' }),
  });
});

/** Answers in one piece that the connection is open and that the server shuts down, which a real one does once in a long while. */
async function portOfServerThatEnds(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client.on('error', () => undefined));
    client.once('data', () => client.end(Buffer.concat([authenticated, ready, shuttingDown])));
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const authenticated = message('R', '\0\0\0\0');
const ready = message('Z', 'I');
const shuttingDown = message('E', 'SFATAL\0VFATAL\0C57P01\0Mshutting down\0\0');

/** https://www.postgresql.org/docs/18/protocol-message-formats.html */
function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(`${type}size${body}`, 'latin1');
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
}
