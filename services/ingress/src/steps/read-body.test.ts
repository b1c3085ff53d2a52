import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';

import { TrunklineError } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { createByteBudget } from '../limits/byte-budget.ts';
import { Refusal } from '../refusal.ts';
import { clientGone, readBody } from './read-body.ts';

/** readBody uses nothing of a request but that it is a stream. */
function request(): IncomingMessage & PassThrough {
  return new PassThrough() as unknown as IncomingMessage & PassThrough;
}

const limits = { limitBytes: 100, timeoutMs: 5_000 };

describe('readBody', () => {
  it('gives the bytes as they came, in whatever pieces', async () => {
    const share = createByteBudget(10_000).open();
    const stream = request();

    const reading = readBody(stream, { ...limits, share });
    for (const byte of Buffer.from([0x7b, 0x00, 0xff, 0x7d])) stream.write(Buffer.from([byte]));
    stream.end();

    expect(await reading).toEqual(Buffer.from([0x7b, 0x00, 0xff, 0x7d]));
  });

  it('keeps a body of one chunk as it is, and takes no more than its bytes', async () => {
    const budget = createByteBudget(1_000);
    const stream = request();
    const chunk = Buffer.from('{}');

    const reading = readBody(stream, { ...limits, share: budget.open() });
    stream.end(chunk);

    const body = await reading;
    expect(Buffer.isBuffer(body) && body.buffer === chunk.buffer).toBe(true);
    expect(budget.used()).toBe(chunk.length);
  });

  it('takes at most twice its bytes for a body that comes a byte at a time, and occupies what it takes', async () => {
    const budget = createByteBudget(1_000_000);
    const stream = request();
    const length = 50_000;

    const reading = readBody(stream, { limitBytes: 1_000_000, timeoutMs: 5_000, share: budget.open() });
    for (let sent = 0; sent < length; sent += 1) stream.write(Buffer.alloc(1, sent % 251));
    stream.end();

    const body = await reading;
    expect(body).toEqual(Buffer.from(Array.from({ length }, (_, index) => index % 251)));
    expect(Buffer.isBuffer(body) && body.buffer.byteLength).toBe(65_536);
    expect(budget.used()).toBe(65_536);
  });

  it('refuses the first byte above the limit and keeps nothing', async () => {
    const share = createByteBudget(10_000).open();
    const stream = request();

    const reading = readBody(stream, { ...limits, share });
    stream.write(Buffer.alloc(100));
    stream.write(Buffer.alloc(1));

    expect(await reading).toMatchObject({ code: 'payload_too_large' });
  });

  it('takes a body of exactly the limit', async () => {
    const stream = request();

    const reading = readBody(stream, { ...limits, share: createByteBudget(1_000).open() });
    stream.end(Buffer.alloc(100));

    expect(await reading).toHaveLength(100);
  });

  it('refuses as overloaded when the budget is used up by others, and all of its part can be given back', async () => {
    const budget = createByteBudget(120);
    budget.open().take(60);
    const share = budget.open();
    const stream = request();

    const reading = readBody(stream, { ...limits, share });
    stream.write(Buffer.alloc(50));
    stream.write(Buffer.alloc(50));

    expect(await reading).toMatchObject({ code: 'overloaded' });
    share.release();
    expect(budget.used()).toBe(60);
  });

  it('gives up on a body that does not end in time', async () => {
    const stream = request();

    const reading = readBody(stream, { limitBytes: 100, timeoutMs: 20, share: createByteBudget(1_000).open() });
    stream.write(Buffer.alloc(10));

    expect(await reading).toMatchObject({ code: 'request_timeout' });
  });

  it.each(['close', 'error'])('notices that the client went away (%s)', async (how) => {
    const share = createByteBudget(10_000).open();
    const stream = request();

    const reading = readBody(stream, { ...limits, share });
    stream.write(Buffer.alloc(10));
    stream.destroy(how === 'error' ? new TrunklineError('unknown', 'reset') : undefined);

    expect(await reading).toBe(clientGone);
  });

  it('refuses with a value, never by throwing', async () => {
    const stream = request();

    const reading = readBody(stream, { limitBytes: 0, timeoutMs: 5_000, share: createByteBudget(0).open() });
    stream.end('x');

    expect(await reading).toBeInstanceOf(Refusal);
  });
});
