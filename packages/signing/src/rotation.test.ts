import { describe, expect, it } from 'vitest';

import { liveSecrets, planRotation, rotationLimits } from './rotation.ts';

const nowMs = 1_772_619_632_250;
const hourMs = 3_600_000;

describe('a rotation', () => {
  it('lets the old secret sign for a day more unless told otherwise', () => {
    const rotation = planRotation([{ generation: 1, signsUntilMs: null }], { nowMs });

    expect(rotation).toEqual({ generation: 2, signsUntilMs: nowMs + 24 * hourMs });
  });

  it('ends the old secret at once where no overlap is asked for', () => {
    const { signsUntilMs } = planRotation([{ generation: 1, signsUntilMs: null }], { nowMs, overlapMs: 0 });

    expect(liveSecrets([{ generation: 1, signsUntilMs }], nowMs)).toEqual([]);
  });

  it('counts on from the newest secret, gone ones included', () => {
    const secrets = [
      { generation: 7, signsUntilMs: nowMs - 1 },
      { generation: 8, signsUntilMs: null },
    ];

    expect(planRotation(secrets, { nowMs }).generation).toBe(9);
  });

  it.each([-1, rotationLimits.longestOverlapMs + 1])('refuses an overlap of %i ms', (overlapMs) => {
    expect(() => planRotation([], { nowMs, overlapMs })).toThrow(/0 seconds to 30 days/);
  });

  it('refuses a fifth secret that signs, and goes on when one has ended', () => {
    const secrets = [1, 2, 3, 4].map((generation) => ({
      generation,
      signsUntilMs: generation === 4 ? null : nowMs + generation * hourMs,
    }));

    expect(() => planRotation(secrets, { nowMs })).toThrow(/4 secrets sign already/);
    expect(planRotation(secrets, { nowMs, overlapMs: 0 }).generation).toBe(5);
    expect(planRotation(secrets, { nowMs: nowMs + hourMs }).generation).toBe(5);
  });
});

describe('the secrets that sign', () => {
  it('are the newest first, until the moment of their end', () => {
    const secrets = [
      { generation: 1, signsUntilMs: nowMs },
      { generation: 2, signsUntilMs: nowMs + 1 },
      { generation: 3, signsUntilMs: null },
    ];

    expect(liveSecrets(secrets, nowMs).map(({ generation }) => generation)).toEqual([3, 2]);
  });
});
