import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type Answer,
  type CallWorld,
  failed,
  ok,
  reset,
  silent,
  startCallWorld,
  status,
  to,
} from '../testing/call-world.ts';

let world: CallWorld;
beforeEach(async () => {
  world = await startCallWorld();
});
afterEach(() => world.close());

interface Row {
  readonly answer: Answer;
  readonly code: string;
  readonly arrived: string;
  /** Attempts of a call that may be repeated, and of one that may not. */
  readonly attempts: readonly [number, number];
  /** Of a server that does not answer. */
  readonly firstByteTimeoutMs?: number;
}

const bomb = gzipSync(Buffer.alloc(20_000_000));

const table: Readonly<Record<string, Row>> = {
  '429 without a time': { answer: status(429), code: 'upstream_rate_limited', arrived: 'refused', attempts: [4, 4] },
  '429 in seconds': {
    answer: status(429, { 'retry-after': '0' }),
    code: 'upstream_rate_limited',
    arrived: 'refused',
    attempts: [4, 4],
  },
  '429 in an hour': {
    answer: status(429, { 'retry-after': '3600' }),
    code: 'upstream_rate_limited',
    arrived: 'refused',
    attempts: [1, 1],
  },
  '500': { answer: status(500), code: 'upstream_5xx', arrived: 'maybe', attempts: [4, 1] },
  '503 in an hour': {
    answer: status(503, { 'retry-after': '3600' }),
    code: 'upstream_5xx',
    arrived: 'maybe',
    attempts: [1, 1],
  },
  '400': { answer: status(400), code: 'upstream_4xx', arrived: 'refused', attempts: [1, 1] },
  '403': { answer: status(403), code: 'upstream_4xx', arrived: 'refused', attempts: [1, 1] },
  '401': { answer: status(401), code: 'connection_unusable', arrived: 'refused', attempts: [1, 1] },
  'a redirect': {
    answer: status(302, { location: 'http://169.254.169.254/x' }),
    code: 'upstream_unexpected',
    arrived: 'maybe',
    attempts: [1, 1],
  },
  'no answer in time': {
    answer: silent,
    firstByteTimeoutMs: 40,
    code: 'upstream_timeout',
    arrived: 'maybe',
    attempts: [2, 1],
  },
  'a reset': { answer: reset, code: 'upstream_unavailable', arrived: 'maybe', attempts: [2, 1] },
  'a gzip bomb': {
    answer: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    code: 'upstream_unexpected',
    arrived: 'maybe',
    attempts: [1, 1],
  },
  'a body without an end': {
    answer: (_, response) => {
      const piece = Buffer.alloc(256 * 1_024);
      const write = (): void => {
        while (response.write(piece));
        response.once('drain', write);
      };
      write();
    },
    code: 'upstream_unexpected',
    arrived: 'maybe',
    attempts: [1, 1],
  },
  'a packing nobody asked for': {
    answer: (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    code: 'upstream_unexpected',
    arrived: 'maybe',
    attempts: [1, 1],
  },
};

describe('the retry table', () => {
  it.each(Object.entries(table))('%s', async (_, { answer, code, arrived, attempts, ...patience }) => {
    world.answers = [answer];

    const [repeatable, other] = [
      failed(await world.caller(patience).call(world.call())),
      failed(await world.caller(patience).call(world.call({ isRepeatable: false }))),
    ];

    expect([repeatable, other]).toMatchObject([
      { code, arrived, attempts: attempts[0] },
      { code, arrived, attempts: attempts[1] },
    ]);
    expect(world.requests).toHaveLength(attempts[0] + attempts[1]);
    expect([repeatable.detail, other.detail].join(' ')).not.toMatch(/hunter2|secret-path/);
  });

  it.each<[string, string, string]>([
    ['nobody listens', 'http://127.0.0.1:1/', 'upstream_unavailable'],
    ['the place is forbidden', 'https://169.254.169.254/', 'destination_denied'],
    ['the URL is none', 'nowhere', 'destination_denied'],
  ])('nothing arrives and nothing is repeated where %s', async (_, url, code) => {
    const outcome = await world.caller().call(world.call(to(url)));

    expect(outcome).toMatchObject({ code, arrived: 'no', attempts: 1 });
  });

  it('repeats what the other side refused for now, until it succeeds', async () => {
    world.answers = [status(429, { 'retry-after': '0' }), status(503), ok];

    const outcome = await world.caller().call(world.call());

    expect(outcome).toMatchObject({ kind: 'answer', status: 200, attempts: 3 });
  });

  it('waits at least as long as it is told to, in seconds or to a date', async () => {
    world.answers = [
      status(429, { 'retry-after': '0.05' }),
      status(429, { 'retry-after': new Date(world.nowMs + 1_000).toUTCString() }),
      ok,
    ];
    const startedAtMs = performance.now();

    const outcome = await world.caller().call(world.call());

    expect(outcome).toMatchObject({ kind: 'answer', waitedMs: 1_050 });
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_040);
  });

  it('does not wait longer than the call may take', async () => {
    world.answers = [status(429, { 'retry-after': '4' })];

    const outcome = failed(await world.caller().call(world.call({ timeoutMs: 1_000 })));

    expect(outcome).toMatchObject({ attempts: 1, retryAfterMs: 4_000, waitedMs: 0 });
  });

  it('remembers that an earlier attempt may have arrived', async () => {
    world.answers = [silent, status(400)];

    expect(failed(await world.caller({ firstByteTimeoutMs: 40 }).call(world.call()))).toMatchObject({
      code: 'upstream_4xx',
      arrived: 'maybe',
      attempts: 2,
    });
  });

  it('waits twice as long before each repeat, of which a part is chance', async () => {
    world.answers = [status(500)];

    const outcome = failed(await world.caller({ random: () => 0.5, limits: { firstRepeatMs: 20 } }).call(world.call()));

    expect(outcome.waitedMs).toBe(10 + 20 + 40);
  });

  it('knows an answer by its own judge where the status does not say it', async () => {
    world.answers = [status(200), ok];

    const outcome = await world.caller().call(
      world.call({
        judge: () => (world.requests.length === 1 ? { happening: 'rate_limited', retryAfterMs: 0 } : undefined),
      }),
    );

    expect(outcome).toMatchObject({ kind: 'answer', attempts: 2 });
  });

  it('unpacks what was packed as asked', async () => {
    world.answers = [(_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'))];

    const outcome = await world.caller().call(world.call());

    expect(outcome).toMatchObject({ body: Buffer.from('{"a":1}') });
    expect(world.requests[0]?.headers['accept-encoding']).toBe('gzip');
  });

  it('ends with its caller', async () => {
    const signal = AbortSignal.timeout(20);
    world.answers = [status(429, { 'retry-after': '4' })];

    expect(failed(await world.caller().call(world.call({ signal }))).attempts).toBe(1);
  });
});
