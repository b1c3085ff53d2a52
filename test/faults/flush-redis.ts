import { once } from 'node:events';
import { connect } from 'node:net';

const answerDeadlineMs = 5_000;

/** FLUSHALL in Redis's inline form: one word does not need a client. */
export async function flushRedis(redisUrl: string): Promise<void> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    socket.write('FLUSHALL\r\n');
    const [answer]: Buffer[] = await once(socket, 'data', { signal: AbortSignal.timeout(answerDeadlineMs) });
    if (answer?.toString('latin1') !== '+OK\r\n')
      throw new Error(`FLUSHALL was answered: ${answer?.toString('latin1')}`);
  } finally {
    socket.destroy();
  }
}
