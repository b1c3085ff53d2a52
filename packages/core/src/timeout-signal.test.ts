import { describe, expect, it } from 'vitest';

import { timeoutSignal } from './timeout-signal.ts';

describe('the signal of a timeout', () => {
  it.each([0.25, 0, -3, 1])('takes any remainder of a budget: %d ms', async (ms) => {
    const signal = timeoutSignal(ms);

    await expect.poll(() => signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('does not end before its time', () => {
    expect(timeoutSignal(60_000.5).aborted).toBe(false);
  });
});
