import { describe, expect, it } from 'vitest';

import { apiLimits } from '../limits.ts';
import { createTurns } from './turns.ts';

describe('requests at a time', () => {
  it('are so many of one tenant, refused above it at once, and taken again when one is through', async () => {
    const turns = createTurns();
    const { promise: through, resolve } = Promise.withResolvers<void>();
    const running = Array.from({ length: apiLimits.inFlightPerTenant }, () => turns.take('tnt_a', () => through));

    await expect(turns.take('tnt_a', async () => 'done')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await turns.take('tnt_b', async () => 'done')).toBe('done');

    resolve();
    await Promise.all(running);
    expect(await turns.take('tnt_a', async () => 'done')).toBe('done');
  });

  it('are so many of all tenants', async () => {
    const turns = createTurns();
    const { promise: through, resolve } = Promise.withResolvers<void>();
    const running = Array.from({ length: apiLimits.inFlight }, (_, n) => turns.take(`tnt_${n % 8}`, () => through));

    await expect(turns.take('tnt_late', async () => 'done')).rejects.toMatchObject({ code: 'unavailable' });

    resolve();
    await Promise.all(running);
  });

  it('that fail are through, too', async () => {
    const turns = createTurns();
    for (let n = 0; n < apiLimits.inFlight; n += 1)
      await expect(turns.take('tnt_a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(await turns.take('tnt_a', async () => 'done')).toBe('done');
  });
});
