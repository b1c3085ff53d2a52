import { describe, expect, it } from 'vitest';

import { BrokerClock } from './broker-clock.ts';

const delayMs = 10_000;
const appendedAt = 1_700_000_000_000;

/** A process whose clock differs from the broker's, and whose steady clock only moves on. */
function process({ wallAheadMs }: { wallAheadMs: number }) {
  let brokerMs = appendedAt;
  let steadyMs = 55;
  let aheadMs = wallAheadMs;
  return {
    clock: new BrokerClock(
      () => brokerMs + aheadMs,
      () => steadyMs,
    ),
    pass: (ms: number): void => {
      brokerMs += ms;
      steadyMs += ms;
    },
    setWallAhead: (ms: number): void => {
      aheadMs = ms;
    },
  };
}

describe('the wait of a retry tier', () => {
  it("counts from the broker's timestamp", () => {
    const { clock, pass } = process({ wallAheadMs: 0 });
    pass(4_000);

    expect(clock.remainingMs(appendedAt, delayMs)).toBe(6_000);
    pass(5_999);
    expect(clock.remainingMs(appendedAt, delayMs)).toBe(1);
    pass(1);
    expect(clock.remainingMs(appendedAt, delayMs)).toBe(0);
  });

  it('is over at once for a record that waited in the topic for long', () => {
    const { clock, pass } = process({ wallAheadMs: 0 });
    pass(3_600_000);

    expect(clock.remainingMs(appendedAt, delayMs)).toBe(0);
  });

  it('is never longer than the delay from the moment the record was seen, though our clock is an hour behind', () => {
    const { clock, pass } = process({ wallAheadMs: -3_600_000 });

    expect(clock.remainingMs(appendedAt, delayMs)).toBe(delayMs);
    pass(delayMs);
    expect(clock.remainingMs(appendedAt, delayMs)).toBe(0);
  });

  it('does not add up over the records of a partition when our clock is behind', () => {
    const { clock, pass } = process({ wallAheadMs: -3_600_000 });
    clock.remainingMs(appendedAt, delayMs);
    pass(delayMs);

    // Appended 2 s after the first, which is due now.
    expect(clock.remainingMs(appendedAt + 2_000, delayMs)).toBe(2_000);
  });

  it('goes on when our clock is set back while a record waits', () => {
    const { clock, pass, setWallAhead } = process({ wallAheadMs: 0 });
    clock.remainingMs(appendedAt, delayMs);
    pass(6_000);
    setWallAhead(-86_400_000);

    expect(clock.remainingMs(appendedAt, delayMs)).toBe(4_000);
  });

  it('is no shorter when our clock is set forward while a record waits', () => {
    const { clock, pass, setWallAhead } = process({ wallAheadMs: 0 });
    clock.remainingMs(appendedAt, delayMs);
    pass(1_000);
    setWallAhead(3_600_000);

    expect(clock.remainingMs(appendedAt, delayMs)).toBe(9_000);
    pass(9_000);
    expect(clock.remainingMs(appendedAt, delayMs)).toBe(0);
  });
});
