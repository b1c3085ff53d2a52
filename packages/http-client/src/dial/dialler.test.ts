import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { loopbackNetwork, startLoopback, testCertificates } from '../testing/index.ts';
import { createAddressGuard } from './address-guard.ts';
import { createDialler, type Dialler, type DiallerOptions } from './dialler.ts';
import { headerOf } from './outcome.ts';

const patient = 600_000;
const get = { method: 'GET', headers: {} } as const;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function newDialler(options: Partial<DiallerOptions> = {}): Dialler {
  const dialler = createDialler({ guard: createAddressGuard({ allow: [loopbackNetwork] }), ...options });
  closers.push(() => dialler.close());
  return dialler;
}

const upstream: typeof startLoopback = async (listener) => {
  const started = await startLoopback(listener);
  closers.push(() => started.close());
  return started;
};

/** A server of TCP whose connections a test answers byte for byte. */
async function rawUpstream(onRequest: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.once('data', () => onRequest(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo; // listens on TCP
  return `http://127.0.0.1:${port}/path?token=hunter2`;
}

/** A server that tells who showed it a certificate, and talks to nobody else. */
async function securedUpstream(): Promise<string> {
  const { authority, server: shown } = testCertificates;
  const server = createSecureServer(
    { ...shown, ca: authority, requestCert: true, rejectUnauthorized: true },
    ({ socket }, response) => {
      const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
      response.end(String(name));
    },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo; // listens on TCP
  return `https://127.0.0.1:${port}/`;
}

describe('the dialler', () => {
  it('sends what it is given and gives back the answer', async () => {
    const seen: string[] = [];
    const { url } = await upstream((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => {
        seen.push(`${request.method} ${request.url} ${String(request.headers['x-own'])} ${text}`);
        response.writeHead(201, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] }).end('made');
      });
    });

    const outcome = await newDialler().send({
      method: 'POST',
      url: `${url}/a?b=c`,
      headers: { 'x-own': '1' },
      body: 'hello',
    });

    expect(seen).toEqual(['POST /a?b=c 1 hello']);
    expect(outcome).toMatchObject({ kind: 'answer', status: 201, body: Buffer.from('made'), bodyEnd: 'whole' });
    expect(outcome.kind === 'answer' && [headerOf(outcome, 'x-answer'), headerOf(outcome, 'set-cookie')]).toEqual([
      'yes',
      'a=1',
    ]);
  });

  it('keeps connections for the next requests', async () => {
    const { url, connections } = await upstream((_, response) => response.end());
    const dialler = newDialler();

    for (let index = 0; index < 10; index += 1) await dialler.send({ ...get, url });

    // One rests for a turn of the event loop after each answer.
    expect(connections()).toBeLessThanOrEqual(2);
  });

  it('opens no more connections to one origin than its limit', async () => {
    const { url, connections } = await upstream((_, response) => void setImmediate(() => response.end()));
    const dialler = newDialler({ limits: { maxConnectionsPerOrigin: 2 } });

    const outcomes = await Promise.all(Array.from({ length: 10 }, () => dialler.send({ ...get, url })));

    expect(outcomes.every(({ kind }) => kind === 'answer')).toBe(true);
    expect(connections()).toBe(2);
  });

  it('keeps connections for other shares than the one whose requests are not answered', async () => {
    const { url } = await upstream((request, response) => {
      if (request.url === '/quick') response.end('quick');
    });
    const dialler = newDialler({ limits: { timeoutMs: patient, firstByteTimeoutMs: patient } });
    const slow = Array.from({ length: 40 }, () =>
      dialler.send({ ...get, url: `${url}/slow`, share: 'tnt_a' }).then(() => undefined),
    );

    const outcome = await dialler.send({ ...get, url: `${url}/quick`, share: 'tnt_b' });

    expect(outcome).toMatchObject({ kind: 'answer', status: 200 });
    await dialler.close();
    await Promise.all(slow);
    expect(dialler.inFlight()).toBe(0);
  });

  it('counts no request that waited for its share in vain', async () => {
    const { url } = await upstream(() => undefined);
    const dialler = newDialler({ limits: { maxConnectionsPerOrigin: 2, timeoutMs: 100 } });

    await Promise.all(Array.from({ length: 6 }, () => dialler.send({ ...get, url, share: 'tnt_a' })));

    await expect.poll(() => dialler.inFlight()).toBe(0);
  });

  it('refuses more requests at a time than its limit, and takes them again afterwards', async () => {
    const held: (() => void)[] = [];
    const { url } = await upstream((_, response) => held.push(() => response.end()));
    const dialler = newDialler({ limits: { maxInFlight: 2 } });
    const first = [dialler.send({ ...get, url }), dialler.send({ ...get, url })];

    const refused = await dialler.send({ ...get, url });
    await expect.poll(() => held.length).toBe(2);
    for (const release of held.splice(0)) release();
    await Promise.all(first);
    const last = dialler.send({ ...get, url });
    await expect.poll(() => held.length).toBe(1);
    held[0]?.();

    expect(refused).toMatchObject({ kind: 'failure', reason: 'overloaded', arrived: 'no' });
    expect(await last).toMatchObject({ kind: 'answer' });
    await expect.poll(() => dialler.inFlight()).toBe(0);
  });

  it('reads of a large body its limit, and closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const piece = Buffer.alloc(64 * 1_024, 'x');
    const { url } = await upstream((_, response) => {
      response.on('close', closed.resolve);
      const write = (): void => {
        while (response.write(piece));
        response.once('drain', write);
      };
      write();
    });

    const outcome = await newDialler({ limits: { maxBodyBytes: 100_000 } }).send({ ...get, url });
    await closed.promise;

    expect(outcome).toMatchObject({ kind: 'answer', status: 200, bodyEnd: 'cut' });
    expect(outcome.kind === 'answer' && outcome.body.length).toBe(100_000);
  });

  it('does not unpack a body', async () => {
    const packed = gzipSync('x'.repeat(1_000_000));
    const { url } = await upstream((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );

    const outcome = await newDialler().send({ ...get, url });

    expect(outcome).toMatchObject({ body: packed, bodyEnd: 'whole' });
  });

  it.each([
    ['the head of an answer', 'firstByteTimeoutMs', ''],
    ['the head of an answer, which is sent a byte at a time', 'timeoutMs', 'HTTP/1.1 200 OK\r\nx: '],
  ] as const)('waits for %s no longer than %s', async (_, limit, begun) => {
    const url = await rawUpstream((socket) => socket.write(begun));

    const outcome = await newDialler({ limits: { timeoutMs: patient, firstByteTimeoutMs: patient, [limit]: 50 } }).send(
      { ...get, url },
    );

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'timeout', arrived: 'maybe' });
  });

  it('passes over a few interim answers, and ends the connection of a server that has more of them', async () => {
    const interim = (count: number): string => 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(count);
    const closed = Promise.withResolvers<unknown>();
    const few = await rawUpstream((socket) => socket.write(`${interim(10)}HTTP/1.1 204 No Content\r\n\r\n`));
    const many = await rawUpstream((socket) => socket.once('close', closed.resolve).write(interim(11)));
    const dialler = newDialler({ limits: { timeoutMs: patient, firstByteTimeoutMs: patient } });

    const outcomes = [await dialler.send({ ...get, url: few }), await dialler.send({ ...get, url: many })];
    await closed.promise;

    expect(outcomes).toMatchObject([
      { kind: 'answer', status: 204 },
      { kind: 'failure', reason: 'protocol', arrived: 'maybe', detail: expect.stringContaining('10 interim answers') },
    ]);
    await expect.poll(() => dialler.inFlight()).toBe(0);
  });

  it('waits for the end of a body no longer than its deadline, and tells the status', async () => {
    const url = await rawUpstream((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));

    const outcome = await newDialler({ limits: { timeoutMs: 300 } }).send({ ...get, url });

    expect(outcome).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('abc'), bodyEnd: 'late' });
  });

  it('tells the status of an answer whose body breaks off', async () => {
    const url = await rawUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));

    const outcome = await newDialler().send({ ...get, url });

    expect(outcome).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('abc'), bodyEnd: 'broken' });
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['a reset before an answer', (socket) => socket.resetAndDestroy(), 'reset'],
    ['an end before an answer', (socket) => socket.end(), 'reset'],
    ['an answer that is not HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n\r\n'), 'protocol'],
    [
      'more headers than it reads',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      'protocol',
    ],
  ])('cannot know after %s whether the request arrived', async (_, onRequest, reason) => {
    const url = await rawUpstream(onRequest);

    const outcome = await newDialler().send({ ...get, url });

    expect(outcome).toMatchObject({ kind: 'failure', reason, arrived: 'maybe' });
    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|OpenSSH/);
  });

  it.each<[string, string, string]>([
    ['nobody listens', 'http://127.0.0.1:1/', 'refused'],
    ['the name does not resolve', 'https://nobody.example.com/', 'unresolved'],
  ])('knows that nothing arrived where %s', async (_, url, reason) => {
    const guard = createAddressGuard({ allow: [{ network: '127.0.0.0/8', ports: [1] }] });
    const resolve = (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));

    const outcome = await newDialler({ guard, resolve }).send({ ...get, url });

    expect(outcome).toMatchObject({ kind: 'failure', reason, arrived: 'no' });
  });

  it('knows that nothing arrived where TLS failed', async () => {
    const url = await rawUpstream((socket) => socket.end('no TLS here'));

    const outcome = await newDialler().send({ ...get, url: url.replace('http:', 'https:') });

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'tls', arrived: 'no' });
  });

  it('shows the certificate of a request, and to nobody on the connection of another one', async () => {
    const { authority: ca, client } = testCertificates;
    const url = await securedUpstream();
    const dialler = newDialler();
    const send = (name: string, shown: Partial<typeof client>) =>
      dialler.send({ ...get, url, tls: { name, ca, ...shown } });

    const shown = await send('con_a.1', client);
    const without = await send('con_b.1', {});

    expect(shown.kind === 'answer' ? shown.body.toString() : shown).toBe('client');
    expect(without.kind).toBe('failure');
  });

  it.each([
    ['another key', { key: testCertificates.server.key }],
    ['a key that is none', { key: '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n' }],
  ])('sends nothing with a certificate and %s', async (_, wrong) => {
    const { authority: ca, client } = testCertificates;
    const url = await securedUpstream();

    const outcome = await newDialler().send({ ...get, url, tls: { name: 'con_a.1', ca, ...client, ...wrong } });

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'malformed', arrived: 'no' });
  });

  it('trusts no authority but those of the system and of the request', async () => {
    const url = await securedUpstream();

    const outcome = await newDialler().send({ ...get, url, tls: { name: 'con_a.1', ...testCertificates.client } });

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'tls', arrived: 'no' });
  });

  it('knows that nothing arrived where no connection was free in time, and sends it no more', async () => {
    const seen: string[] = [];
    const held: (() => void)[] = [];
    const { url } = await upstream((request, response) => {
      seen.push(request.url ?? '');
      held.push(() => response.end());
    });
    const dialler = newDialler({ limits: { maxConnectionsPerOrigin: 1 } });
    const first = dialler.send({ ...get, url: `${url}/first` });
    await expect.poll(() => held.length).toBe(1);

    const late = await dialler.send({ ...get, url: `${url}/late`, limits: { timeoutMs: 30 } });
    held[0]?.();
    await first;
    await expect.poll(() => dialler.inFlight()).toBe(0);

    expect(late).toMatchObject({ kind: 'failure', reason: 'connect_timeout', arrived: 'no' });
    expect(seen).toEqual(['/first']);
  });

  it('ends a request whose caller gave up', async () => {
    const caller = new AbortController();
    const url = await rawUpstream(() => caller.abort());

    const outcome = await newDialler().send({ ...get, url, signal: caller.signal });

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'aborted', arrived: 'maybe' });
  });

  it('refuses a header with a line break, and does not repeat it', async () => {
    const { url, connections } = await upstream((_, response) => response.end());

    const outcome = await newDialler().send({ ...get, url, headers: { authorization: 'hunter2\r\nx: y' } });

    expect(outcome).toMatchObject({ kind: 'failure', reason: 'malformed', arrived: 'no' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(connections()).toBe(0);
  });

  it('makes room for another origin by closing the connections of the one that was used longest ago', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => upstream((_, response) => response.end())));
    const dialler = newDialler({ limits: { maxOrigins: 2 } });

    for (const place of [one, two, one, three, one, two]) await dialler.send({ ...get, url: place?.url ?? '' });

    expect([one, two, three].map((place) => place?.connections())).toEqual([1, 2, 1]);
  });

  it('ends what is under way when it is closed, and begins nothing afterwards', async () => {
    const arrived = Promise.withResolvers<void>();
    const { url } = await upstream(() => arrived.resolve());
    const dialler = newDialler();
    const underWay = dialler.send({ ...get, url });
    await arrived.promise;

    await dialler.close();

    expect(await underWay).toMatchObject({ kind: 'failure', arrived: 'maybe' });
    expect(await dialler.send({ ...get, url })).toMatchObject({ reason: 'aborted', arrived: 'no' });
  });
});
