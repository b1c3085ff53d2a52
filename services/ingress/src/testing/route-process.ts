import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import type { Servers } from './running-ingress.ts';

export interface RouteStart {
  readonly port: number;
  /** Of the generic source. */
  readonly token: string;
}

/** What the process under `startRouteProcess` says of itself. */
export interface HeldMemory {
  /** Heap and what hangs on it, after a collection. */
  readonly bytes: number;
  /** Of all connections so far. */
  readonly receivedBytes: number;
}

export interface RouteProcess extends RouteStart {
  readonly child: ChildProcess;
  /** Collects garbage first. Rejects when the process has ended. */
  held(): Promise<HeldMemory>;
}

/** The path of a webhook in a process of its own with so much heap. Its publisher acknowledges at once. */
export async function startRouteProcess(servers: Servers, heapMiB: number): Promise<RouteProcess> {
  const child = fork(fileURLToPath(new URL('route-main.ts', import.meta.url)), [JSON.stringify(servers)], {
    execArgv: ['--conditions=@trunkline/source', '--expose-gc', `--max-old-space-size=${heapMiB}`],
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process has ended (${String(code ?? signal)})`);
  });
  ended.catch(() => undefined);
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  // Our own program at the other end sends nothing else.
  const start = (await answer()) as RouteStart;
  return {
    ...start,
    child,
    held: async () => {
      child.send('held');
      return (await answer()) as HeldMemory;
    },
  };
}

export interface ChunkedBody {
  readonly bytes: number;
  readonly chunkBytes: number;
}

export interface OpenDelivery {
  /** What it has written so far. */
  readonly sentBytes: number;
  /** Ends the body and resolves with the answer. */
  finish(): Promise<string>;
}

/** A delivery in chunks of so many bytes that has sent everything but the end of its body. */
export function openDelivery({ port, token }: RouteStart, { bytes, chunkBytes }: ChunkedBody): OpenDelivery {
  const head = ['POST /hooks/src_generic HTTP/1.1', 'Host: h', `X-Token: ${token}`, 'Connection: close'];
  const chunk = `${chunkBytes.toString(16)}\r\n${'x'.repeat(chunkBytes)}\r\n`;
  const sent = `${head.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(bytes / chunkBytes)}`;
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => undefined).on('close', () => resolve(answer));
  });
  socket.write(sent);
  return {
    sentBytes: sent.length,
    finish: () => {
      socket.write('0\r\n\r\n');
      return closed;
    },
  };
}
