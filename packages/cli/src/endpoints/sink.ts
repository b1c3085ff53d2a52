import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';
import { providerNamed, Secret } from '@trunkline/providers';

/** A request as the sink saw it. */
export interface SunkRequest {
  readonly isVerified: boolean;
  /** Why not: the words of the verification. */
  readonly problem: string | null;
  readonly id: string | null;
  readonly type: string | null;
  readonly attempt: number | null;
  /** How often this id came before. */
  readonly seenBefore: number;
  readonly status: number;
  readonly traceparent: string | null;
  readonly bytes: number;
  readonly body: unknown;
}

export interface SinkOptions {
  readonly host: string;
  readonly port: number;
  /** What the requests are verified with; one of them has to fit. */
  readonly secrets: readonly string[];
  /** Part of the requests that are answered with 503, from 0 to 1. */
  readonly failing: number;
  /** Waited before each answer, milliseconds. */
  readonly slowMs: number;
  readonly nowMs: () => number;
  readonly onRequest: (request: SunkRequest) => void;
}

export interface Sink {
  readonly url: string;
  close(): Promise<void>;
}

const mostBytes = 1024 * 1024;
/** Ids that are remembered to say that one came again. */
const mostIds = 10_000;

/** Receives webhooks as a receiver of ours should: reads the bytes, verifies them, answers, and knows what it has seen. */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const seen = new Map<string, number>();
  const closing = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response, { ...options, seen, signal: closing.signal }).catch(() => {
      // The sender went away.
      response.destroy();
    });
  });
  server.listen({ port: options.port, host: options.host });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new TrunklineError('config_invalid', `cannot listen on ${options.host}:${options.port}`, { cause });
  }
  const { port } = server.address() as AddressInfo; // listens on TCP
  return {
    url: `http://${options.host}:${port}/`,
    close: async () => {
      closing.abort();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answering extends SinkOptions {
  readonly seen: Map<string, number>;
  readonly signal: AbortSignal;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  const problem = problemOf(request, body, options);
  const id = header(request, 'webhook-id');
  const seenBefore = id === null ? 0 : (options.seen.get(id) ?? 0);
  if (id !== null && problem === null && options.seen.size < mostIds) options.seen.set(id, seenBefore + 1);
  const status = problem !== null ? 401 : Math.random() < options.failing ? 503 : 204;
  if (options.slowMs > 0) await delay(options.slowMs, undefined, { signal: options.signal });
  response.writeHead(status).end();
  const message = parsed(body);
  options.onRequest({
    isVerified: problem === null,
    problem,
    id,
    type: typeOf(message) ?? header(request, 'ce-type'),
    attempt: Number(header(request, 'trunkline-attempt') ?? Number.NaN) || null,
    seenBefore,
    status,
    traceparent: header(request, 'traceparent'),
    bytes: body.length,
    body: message,
  });
}

/** What the provider `standard_webhooks` says of it, as the ingress would: null where it is genuine. */
function problemOf(request: IncomingMessage, body: Buffer, { secrets, nowMs }: Answering): string | null {
  const provider = providerNamed('standard_webhooks');
  if (provider === undefined) throw new RangeError('this build has no provider standard_webhooks');
  const settings = {
    sourceId: 'src_sink',
    tenantId: 'tnt_sink',
    options: {},
    secrets: secrets.map((secret) => new Secret(secret)),
  };
  const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value) => [name, value] as const),
  );
  const target = request.url ?? '/';
  const received = { method: request.method ?? '', target, publicUrl: `http://sink${target}`, headers, body };
  const verdict = provider.verify(received, settings, nowMs());
  return verdict.accepted ? null : `${verdict.step}: ${verdict.detail}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // Without an encoding set, a request gives bytes.
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function typeOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  return typeof message.type === 'string' ? message.type : null;
}
