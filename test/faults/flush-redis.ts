import { once } from 'node:events';
import { connect } from 'node:net';

const answerDeadlineMs = 5_000;

/** FLUSHALL in Redis's inline form: one word does not need a client. */
export async function flushRedis(redisUrl: string): Promise<void> {
  const { hostname, port, password } = new URL(redisUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    for (const command of [...(password === '' ? [] : [`AUTH ${password}`]), 'FLUSHALL']) {
      socket.write(`${command}\r\n`);
      const [answer]: Buffer[] = await once(socket, 'data', { signal: AbortSignal.timeout(answerDeadlineMs) });
      const said = answer?.toString('latin1');
      if (said !== '+OK\r\n') throw new Error(`${command.split(' ')[0]} was answered: ${said}`);
    }
  } finally {
    socket.destroy();
  }
}
