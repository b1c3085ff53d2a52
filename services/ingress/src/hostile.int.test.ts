import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { startReadyIngress } from './testing/ready-ingress.ts';
import { prepareCorner, type RunningIngress } from './testing/running-ingress.ts';
import { paymentSucceeded, post, sendRaw, signedByStripe, statusOf } from './testing/sending.ts';

let ingress: RunningIngress;

beforeAll(async () => {
  const corner = await prepareCorner(inject('stack'));
  const env = {
    TRUNKLINE_INGRESS_BODY_TIMEOUT_MS: '500',
    TRUNKLINE_INGRESS_HEADERS_TIMEOUT_MS: '1000',
    TRUNKLINE_INGRESS_CONNECTIONS: '3000',
  };
  ingress = await startReadyIngress({ corner, env });
}, 120_000);
afterAll(() => ingress.app.stop(5_000));

const target = '/hooks/src_stripe';
const host = 'Host: localhost';
const gzipped = gzipSync('{}');
const chunked = 'Transfer-Encoding: chunked';
const last = '0\r\n\r\n';
/** The first piece of one: nothing here ever unpacks it, so its end does not matter. */
const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024));

function head(...lines: readonly string[]): string {
  return `POST ${target} HTTP/1.1\r\n${[host, ...lines].join('\r\n')}\r\n\r\n`;
}

function http10(...lines: readonly string[]): string {
  return head(...lines).replace('HTTP/1.1', 'HTTP/1.0');
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from(`\r\n${last}`)]);
}

describe('hostile HTTP is refused, and the next delivery is accepted', () => {
  it.each<[string, number, readonly (string | Buffer)[]]>([
    ['both lengths', 400, [head('Content-Length: 4', 'Transfer-Encoding: chunked'), '0\r\n\r\n']],
    ['two lengths', 400, [head('Content-Length: 2', 'Content-Length: 4'), '{}']],
    ['a negative length', 400, [head('Content-Length: -1')]],
    ['a length with a sign', 400, [head('Content-Length: +2'), '{}']],
    ['two lengths in one header', 400, [head('Content-Length: 2, 2'), '{}']],
    ['a packed transfer', 400, [head('Transfer-Encoding: gzip, chunked'), '0\r\n\r\n']],
    ['chunks that are not the last coding', 400, [head('Transfer-Encoding: chunked, identity'), '0\r\n\r\n']],
    ['chunked twice', 400, [head('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), '0\r\n\r\n']],
    ['a transfer coding under HTTP/1.0', 400, [http10('Transfer-Encoding: chunked'), '0\r\n\r\n']],
    ['a transfer coding we do not know', 400, [head('Transfer-Encoding: gzip')]],
    ['a hidden transfer coding', 400, [head('Transfer-Encoding : chunked'), '0\r\n\r\n']],
    ['a folded header', 400, [head('Stripe-Signature: t=1,\r\n v1=aa', 'Content-Length: 2'), '{}']],
    ['the absolute form', 400, [`POST http://other.test${target} HTTP/1.1\r\n${host}\r\nContent-Length: 2\r\n\r\n{}`]],
    ['the absolute form of our own host', 400, [`POST http://localhost${target} HTTP/1.1\r\n${host}\r\n\r\n`]],
    ['two hosts', 400, [head('Host: other.test', 'Content-Length: 2'), '{}']],
    ['no host', 400, [`POST ${target} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`]],
    ['a bare line feed in a chunk size', 400, [head('Transfer-Encoding: chunked'), '2\n{}\r\n0\r\n\r\n']],
    ['a chunk size that is no number', 400, [head('Transfer-Encoding: chunked'), 'zz\r\n{}\r\n0\r\n\r\n']],
    ['headers above the limit', 431, [head(`X-Long: ${'a'.repeat(40_000)}`)]],
    [
      'too many headers',
      431,
      [head(...Array.from({ length: 300 }, () => 'X-A: 1'), 'Content-Length: 0', 'Connection: close')],
    ],
    ['a gzip body', 415, [head('Content-Encoding: gzip', `Content-Length: ${gzipped.length}`), gzipped]],
    ['a body that unpacks to a gigabyte, in chunks', 415, [head('Content-Encoding: gzip', chunked), chunk(bomb)]],
    ['a body packed twice', 415, [head('Content-Encoding: gzip, gzip', chunked), chunk(bomb)]],
    [
      'a packing behind a harmless one',
      415,
      [head('Content-Encoding: identity', 'Content-Encoding: br', chunked, 'Connection: close'), last],
    ],
    ['a packing nobody knows', 415, [head('Content-Encoding: x-none', 'Content-Length: 2', 'Connection: close'), '{}']],
    ['a NUL in a header', 400, [head('X-A: a\u0000b', 'Content-Length: 2'), '{}']],
    ['a bare carriage return in a header', 400, [head('X-A: a\rb', 'Content-Length: 2'), '{}']],
    ['an endless chunk extension', 400, [head(chunked), `2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`]],
    ['no HTTP at all', 400, ['\u0016\u0003\u0001hello\r\n\r\n']],
    ['a request line only', 408, [`POST ${target} HTTP/1.1\r\n`]],
    ['a body that stays away', 408, [head('Content-Length: 100'), 'half']],
    ['an endless chunked body', 413, [head('Transfer-Encoding: chunked'), chunks(400)]],
  ])('%s gets %d', async (_what, status, pieces) => {
    const answer = await sendRaw(ingress.port, ...pieces);

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain('"error"');
    expect((await post(signedByStripe(paymentSucceeded(), ingress.url))).status).toBe(200);
  });

  it('a body that is sent a byte at a time gets 408', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(ingress.port, '127.0.0.1');
      let text = '';
      socket.write(`POST ${target} HTTP/1.1\r\n${host}\r\nContent-Length: 1000\r\n\r\n`);
      const drip = setInterval(() => socket.write('x'), 50);
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket
        .on('error', () => undefined)
        .on('close', () => {
          clearInterval(drip);
          resolve(text);
        });
    });

    expect(statusOf(answer)).toBe(408);
    // Ours, at the limit for bodies; Node's own for whole requests comes seconds later and has no delivery id.
    expect(answer).toContain('trunkline-delivery-id');
  });

  it('a thousand connections that announce a large body and send nothing do not keep a delivery waiting', async () => {
    const sockets = await openAll(1_000, () => halfOpen(ingress.port));

    const response = await post(signedByStripe(paymentSucceeded(), ingress.url));

    for (const socket of sockets) socket.destroy();
    expect(response.status).toBe(200);
  });

  it('500 connections whose headers never end keep no delivery waiting, and are all ended', async () => {
    const slow = await openAll(500, (index) => dripping(ingress.port, index));
    const answers: number[] = [];

    for (let count = 0; count < 20; count += 1)
      answers.push((await post(signedByStripe(paymentSucceeded(), ingress.url))).status);
    const ended = await Promise.all(slow.map(({ closed }) => closed));

    expect(new Set(answers)).toEqual(new Set([200]));
    expect(new Set(ended.map(statusOf))).toEqual(new Set([408]));
  });

  it('a sender that leaves in the middle of its body gets no answer and costs nothing', async () => {
    const socket = await halfOpen(ingress.port);
    socket.write('part');
    socket.destroy();

    const response = await post(signedByStripe(paymentSucceeded(), ingress.url));

    expect(response.status).toBe(200);
    expect(ingress.fatal).toEqual([]);
  });
});

/**
 * A hundred at a time, which are accepted before there are more: who comes behind them has an answer. Of more than a
 * listener keeps in its queue some are dropped, and one that is silent never hears of it.
 */
async function openAll<T>(count: number, open: (index: number) => Promise<T>): Promise<readonly T[]> {
  const opened: T[] = [];
  while (opened.length < count) {
    const first = opened.length;
    opened.push(...(await Promise.all(Array.from({ length: 100 }, (_, index) => open(first + index)))));
    await sendRaw(ingress.port, 'GET /livez HTTP/1.0\r\n\r\n');
  }
  return opened;
}

/** Chunks of 4 KiB: more than the limit of any source, without an end. */
function chunks(count: number): string {
  return `1000\r\n${'x'.repeat(0x1000)}\r\n`.repeat(count);
}

async function halfOpen(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).once('error', reject);
    socket.write(`POST ${target} HTTP/1.1\r\n${host}\r\nContent-Length: 200000\r\n\r\n`, () => resolve(socket));
  });
}

interface Dripping {
  /** Everything that came back, once the connection is closed. */
  readonly closed: Promise<string>;
}

/** A connection that sends another header every now and then, and never the end of them; some send nothing at all. */
async function dripping(port: number, index: number): Promise<Dripping> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined).once('error', reject);
    let drip: NodeJS.Timeout | undefined;
    const closed = new Promise<string>((done) => {
      socket.on('close', () => {
        clearInterval(drip);
        done(answer);
      });
    });
    socket.on('connect', () => {
      if (index % 5 > 0) {
        socket.write(`POST ${target} HTTP/1.1\r\n${host}\r\n`);
        drip = setInterval(() => socket.write('X-A: 1\r\n'), 300);
      }
      resolve({ closed });
    });
  });
}
