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
    const budget = createByteBudget(1_000);
    const stream = request();

    const reading = readBody(stream, { ...limits, budget });
    for (const byte of Buffer.from([0x7b, 0x00, 0xff, 0x7d])) stream.write(Buffer.from([byte]));
    stream.end();

    expect(await reading).toEqual(Buffer.from([0x7b, 0x00, 0xff, 0x7d]));
    expect(budget.used()).toBe(4);
  });

  it('refuses the first byte above the limit and keeps nothing', async () => {
    const budget = createByteBudget(1_000);
    const stream = request();

    const reading = readBody(stream, { ...limits, budget });
    stream.write(Buffer.alloc(100));
    stream.write(Buffer.alloc(1));

    expect(await reading).toMatchObject({ code: 'payload_too_large' });
    expect(budget.used()).toBe(0);
  });

  it('takes a body of exactly the limit', async () => {
    const stream = request();

    const reading = readBody(stream, { ...limits, budget: createByteBudget(1_000) });
    stream.end(Buffer.alloc(100));

    expect(await reading).toHaveLength(100);
  });

  it('refuses as overloaded when the budget is used up by others, and gives back its part', async () => {
    const budget = createByteBudget(120);
    budget.reserve(60);
    const stream = request();

    const reading = readBody(stream, { ...limits, budget });
    stream.write(Buffer.alloc(50));
    stream.write(Buffer.alloc(50));

    expect(await reading).toMatchObject({ code: 'overloaded' });
    expect(budget.used()).toBe(60);
  });

  it('gives up on a body that does not end in time', async () => {
    const budget = createByteBudget(1_000);
    const stream = request();

    const reading = readBody(stream, { limitBytes: 100, timeoutMs: 20, budget });
    stream.write(Buffer.alloc(10));

    expect(await reading).toMatchObject({ code: 'request_timeout' });
    expect(budget.used()).toBe(0);
  });

  it.each(['close', 'error'])('notices that the client went away (%s)', async (how) => {
    const budget = createByteBudget(1_000);
    const stream = request();

    const reading = readBody(stream, { ...limits, budget });
    stream.write(Buffer.alloc(10));
    stream.destroy(how === 'error' ? new TrunklineError('unknown', 'reset') : undefined);

    expect(await reading).toBe(clientGone);
    expect(budget.used()).toBe(0);
  });

  it('refuses with a value, never by throwing', async () => {
    const stream = request();

    const reading = readBody(stream, { limitBytes: 0, timeoutMs: 5_000, budget: createByteBudget(0) });
    stream.end('x');

    expect(await reading).toBeInstanceOf(Refusal);
  });
});
