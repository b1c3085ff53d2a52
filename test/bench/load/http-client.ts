/**
 * A load client that costs little beside what it measures: raw keep-alive sockets, requests that are bytes already, and
 * no more of an answer read than its status and its length. One request at a time per connection.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { pace } from './pace.ts';

export interface HttpLoad {
  readonly port: number;
  /** Whole requests, head and body, used one after the other and then again. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface HttpOutcome {
  /** Answers with a 2xx inside the time. */
  readonly accepted: number;
  readonly acceptedPerSecond: number;
  /** Other answers, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly brokenConnections: number;
  readonly latenciesMs: readonly number[];
}

const connectDeadlineMs = 10_000;
/** How long what is under way at the end may take. */
const lastAnswersMs = 10_000;

/** Every connection sends its next request as soon as it has read an answer: as much as the server can do. */
export async function closedLoop(load: HttpLoad): Promise<HttpOutcome> {
  const tally = createTally();
  const next = cycle(load.requests);
  const connections = await openConnections(load, tally);
  const startedAt = performance.now();
  for (const connection of connections) {
    // Asking the tally and no clock: a timer may fire before the time it was set to, as the clock has it.
    connection.onIdle = () => {
      if (tally.counts()) connection.send(next(), performance.now());
    };
    connection.onIdle();
  }
  await pause(load.seconds * 1_000, undefined, { signal: load.signal }).finally(() => tally.stop());
  const seconds = (performance.now() - startedAt) / 1_000;
  await end(connections);
  return tally.outcome(seconds);
}

/**
 * Requests at a steady rate. The clock of each starts when it is due, so what waits for a free connection is waiting
 * for the server, and counts.
 */
export async function openLoop(load: HttpLoad & { readonly perSecond: number }): Promise<HttpOutcome> {
  const tally = createTally();
  const next = cycle(load.requests);
  const connections = await openConnections(load, tally);
  const idle = [...connections];
  const waiting: number[] = [];
  for (const connection of connections) {
    connection.onIdle = () => {
      const due = waiting.shift();
      if (due === undefined) idle.push(connection);
      else connection.send(next(), due);
    };
  }
  const startedAt = performance.now();
  await pace(load, () => {
    const due = performance.now();
    const connection = idle.pop();
    if (connection === undefined) waiting.push(due);
    else connection.send(next(), due);
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  await end(connections);
  return tally.outcome(seconds);
}

/** Throws when what was measured is not what the benchmark says: an answer that is no 2xx, or a lost connection. */
export function assertClean(what: string, outcome: HttpOutcome): void {
  const refused = Object.entries(outcome.refused);
  if (refused.length === 0 && outcome.brokenConnections === 0 && outcome.accepted > 0) return;
  const counts = refused.map(([status, count]) => `${count} × ${status}`).join(', ') || 'no refusals';
  throw new Error(`${what}: ${outcome.accepted} accepted, ${counts}, ${outcome.brokenConnections} broken connections`);
}

interface Tally {
  answered(status: number, latencyMs: number): void;
  broke(): void;
  /** False once it was stopped. */
  counts(): boolean;
  /** Later answers are read and not counted. */
  stop(): void;
  outcome(seconds: number): HttpOutcome;
}

function createTally(): Tally {
  const refused: Record<string, number> = {};
  const latenciesMs: number[] = [];
  let counting = true;
  let brokenConnections = 0;
  return {
    answered: (status, latencyMs) => {
      if (!counting) return;
      if (status >= 200 && status < 300) latenciesMs.push(latencyMs);
      else refused[status] = (refused[status] ?? 0) + 1;
    },
    broke: () => {
      brokenConnections += 1;
    },
    counts: () => counting,
    stop: () => {
      counting = false;
    },
    outcome: (seconds) => ({
      accepted: latenciesMs.length,
      acceptedPerSecond: latenciesMs.length / seconds,
      refused,
      brokenConnections,
      latenciesMs,
    }),
  };
}

interface Connection {
  readonly socket: Socket;
  onIdle: () => void;
  isBusy(): boolean;
  send(request: Buffer, startedAtMs: number): void;
}

async function openConnections(load: HttpLoad, tally: Tally): Promise<readonly Connection[]> {
  const sockets = Array.from({ length: load.connections }, () => connect(load.port, '127.0.0.1').setNoDelay(true));
  const signal = AbortSignal.any([load.signal, AbortSignal.timeout(connectDeadlineMs)]);
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect', { signal })));
  } catch (error) {
    for (const socket of sockets) socket.on('error', () => undefined).destroy();
    throw error;
  }
  return sockets.map((socket) => connectionOver(socket, tally));
}

function connectionOver(socket: Socket, tally: Tally): Connection {
  let startedAtMs: number | undefined;
  let unread: Buffer = Buffer.alloc(0);
  const connection: Connection = {
    socket,
    onIdle: () => undefined,
    isBusy: () => startedAtMs !== undefined && !socket.destroyed,
    send: (request, at) => {
      startedAtMs = at;
      socket.write(request);
    },
  };
  socket.on('data', (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    const answer = readAnswer(unread);
    if (answer === undefined || startedAtMs === undefined) return;
    if (answer === 'unreadable') {
      socket.destroy(new Error('an answer without a Content-Length'));
      return;
    }
    unread = unread.subarray(answer.bytes);
    tally.answered(answer.status, performance.now() - startedAtMs);
    startedAtMs = undefined;
    connection.onIdle();
  });
  socket.on('error', () => undefined);
  // Only we end connections, and we destroy them: an end that comes from the other side is a broken connection.
  socket.on('end', () => tally.broke());
  socket.on('close', (hadError) => {
    if (hadError) tally.broke();
  });
  return connection;
}

/** Undefined while the answer is not whole. What has no length is unreadable here, and nothing that is measured sends it. */
function readAnswer(bytes: Buffer): { readonly status: number; readonly bytes: number } | 'unreadable' | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *([0-9]+)/i.exec(head)?.[1];
  if (length === undefined) return 'unreadable';
  const end = headEnd + 4 + Number(length);
  return bytes.length < end ? undefined : { status: Number(head.slice(9, 12)), bytes: end };
}

async function end(connections: readonly Connection[]): Promise<void> {
  const deadline = performance.now() + lastAnswersMs;
  while (performance.now() < deadline && connections.some((connection) => connection.isBusy())) await pause(10);
  for (const { socket } of connections) socket.destroy();
}

function cycle<T>(items: readonly T[]): () => T {
  let index = 0;
  return () => {
    const item = items[index];
    if (item === undefined) throw new RangeError('there are no requests to send');
    index = (index + 1) % items.length;
    return item;
  };
}
