import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { createByteBudget } from '../limits/byte-budget.ts';
import { Refusal } from '../refusal.ts';
import { unpack } from './unpack.ts';

const limitBytes = 64 * 1024;
const limits = (budgetBytes = 1024 * 1024): Parameters<typeof unpack>[1] => ({
  limitBytes,
  share: createByteBudget(budgetBytes).open(),
});
const codeOf = (result: Buffer | Refusal): string | undefined => (result instanceof Refusal ? result.code : undefined);

describe('a packed body', () => {
  it('is unpacked up to the limit of the source, and no byte further', async () => {
    const most = Buffer.alloc(limitBytes, 'a');

    const taken = await unpack(gzipSync(most), limits());
    const above = await unpack(gzipSync(Buffer.alloc(limitBytes + 1, 'a')), limits());

    expect(Buffer.isBuffer(taken) && taken.equals(most)).toBe(true);
    expect(codeOf(above)).toBe('payload_too_large');
  });

  it('that unpacks to a thousand times its bytes is refused before it does', async () => {
    const share = createByteBudget(4 * limitBytes);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));

    const result = await unpack(bomb, { limitBytes, share: share.open() });

    expect(codeOf(result)).toBe('payload_too_large');
    expect(share.used()).toBeLessThanOrEqual(2 * limitBytes);
  });

  it('counts against what the process may hold', async () => {
    expect(codeOf(await unpack(gzipSync(Buffer.alloc(limitBytes)), limits(1_000)))).toBe('overloaded');
  });

  it.for([
    ['no gzip', Buffer.from('{"a":1}')],
    ['a gzip that is cut short', gzipSync(Buffer.alloc(1_000, 'ab')).subarray(0, 15)],
  ] as const)('is refused when it is %s', async ([, bytes]) => {
    expect(codeOf(await unpack(bytes, limits()))).toBe('encoding_unsupported');
  });
});
