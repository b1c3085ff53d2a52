import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What a server of a test answers: a message, or whatever it does with the connection. */
export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** JSON is written as such; text as it is. */
      readonly json?: unknown;
      readonly body?: string | Buffer;
    }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface FaultRow {
  readonly reply: Reply;
  readonly code: string;
  readonly arrived: string;
  readonly attempts: { readonly repeatable: number; readonly other: number };
  /** Waits for an answer for a moment only. */
  readonly isImpatient?: boolean;
}

const error = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  json: { message: 'no' },
});

/** The error table as an API shows it. */
export const faultRows: readonly (readonly [string, FaultRow])[] = [
  [
    '429 in seconds',
    {
      reply: error(429, { 'retry-after': '0' }),
      code: 'upstream_rate_limited',
      arrived: 'refused',
      attempts: { repeatable: 4, other: 4 },
    },
  ],
  [
    '429 to a date',
    {
      reply: error(429, { 'retry-after': 'Fri, 06 Nov 2026 08:00:00 GMT' }),
      code: 'upstream_rate_limited',
      arrived: 'refused',
      attempts: { repeatable: 4, other: 4 },
    },
  ],
  ['500', { reply: error(500), code: 'upstream_5xx', arrived: 'maybe', attempts: { repeatable: 4, other: 1 } }],
  [
    '503',
    {
      reply: error(503, { 'retry-after': '0' }),
      code: 'upstream_5xx',
      arrived: 'maybe',
      attempts: { repeatable: 4, other: 1 },
    },
  ],
  ['400', { reply: error(400), code: 'upstream_4xx', arrived: 'refused', attempts: { repeatable: 1, other: 1 } }],
  [
    '401',
    { reply: error(401), code: 'connection_unusable', arrived: 'refused', attempts: { repeatable: 1, other: 1 } },
  ],
  [
    'a redirect',
    {
      reply: error(302, { location: 'https://169.254.169.254/' }),
      code: 'upstream_unexpected',
      arrived: 'maybe',
      attempts: { repeatable: 1, other: 1 },
    },
  ],
  [
    'a reset',
    {
      reply: (request) => request.socket.resetAndDestroy(),
      code: 'upstream_unavailable',
      arrived: 'maybe',
      attempts: { repeatable: 2, other: 1 },
    },
  ],
  [
    'no answer in time',
    {
      reply: () => undefined,
      isImpatient: true,
      code: 'upstream_timeout',
      arrived: 'maybe',
      attempts: { repeatable: 2, other: 1 },
    },
  ],
  [
    'half an answer',
    {
      reply: (_, response) => {
        response.writeHead(200, { 'content-length': '100', 'content-type': 'application/json' });
        response.write('{', () => response.destroy());
      },
      code: 'upstream_unavailable',
      arrived: 'maybe',
      attempts: { repeatable: 2, other: 1 },
    },
  ],
];

export const html: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<h1>Welcome to our portal</h1>',
};

const megabyte = Buffer.alloc(1_024 * 1_024, '[');

/** Says that 200 MB come, and sends them as long as anybody reads. */
export const endless: Reply = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(200 * megabyte.length) });
  const write = (): void => {
    while (response.write(megabyte));
    response.once('drain', write);
  };
  write();
};

/** 20 MB in 20 kB. */
export const bomb: Reply = {
  status: 200,
  headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  body: gzipSync(Buffer.alloc(20 * megabyte.length, '[')),
};

/** The same reply with another JSON; one without JSON stays as it is. */
export function jsonOf(reply: Reply, change: (body: Record<string, unknown>) => unknown): Reply {
  if (typeof reply === 'function' || typeof reply.json !== 'object' || reply.json === null) return reply;
  return { ...reply, json: change({ ...reply.json }) };
}

export function answerWith(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (typeof reply === 'function') {
    reply(request, response);
    return;
  }
  const isJson = reply.json !== undefined;
  response.writeHead(reply.status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...reply.headers });
  response.end(isJson ? JSON.stringify(reply.json) : reply.body);
}
