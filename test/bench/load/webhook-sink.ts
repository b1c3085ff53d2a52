/**
 * Takes webhooks and costs little beside who sends them: raw sockets, an answer that is bytes already, and no more of a
 * request read than its id and its length. Remembers when the first byte of each request came.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { answerQuestions } from './worker.ts';

/** What came since the last time somebody asked. */
export interface Taken {
  readonly eventIds: readonly string[];
  /** Of the first byte of each, epoch milliseconds with fractions. */
  readonly atMs: readonly number[];
}

export type SinkQuestion = 'listen' | 'hang' | 'count' | 'taken';

const answer = Buffer.from('HTTP/1.1 204 No Content\r\n\r\n', 'latin1');
let eventIds: string[] = [];
let atMs: number[] = [];

answerQuestions(async (question: SinkQuestion) => {
  if (question === 'listen') return listen(take);
  if (question === 'hang') return listen(hang);
  if (question === 'count') return eventIds.length;
  const taken: Taken = { eventIds, atMs };
  eventIds = [];
  atMs = [];
  return taken;
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sink does not listen on a port');
  return address.port;
}

/** Reads, and says nothing. */
function hang(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.resume();
}

function take(socket: Socket): void {
  let unread: Buffer = Buffer.alloc(0);
  let beganAtMs = 0;
  // A sender that goes away has its own word for it.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (unread.length === 0) beganAtMs = performance.timeOrigin + performance.now();
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    const headEnd = unread.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = unread.toString('latin1', 0, headEnd);
    const end = headEnd + 4 + Number(/\r\ncontent-length: *([0-9]+)/i.exec(head)?.[1] ?? 0);
    if (unread.length < end) return;
    // One request at a time: a sender waits for the answer before its next.
    unread = unread.subarray(end);
    eventIds.push(/\r\nwebhook-id: *(\S+)/i.exec(head)?.[1] ?? '');
    atMs.push(beganAtMs);
    socket.write(answer);
  });
}
