import { describe, expect, it } from 'vitest';

import { createEndHistory } from './end-history.ts';

const minuteMs = 60_000;

describe('a history of ends', () => {
  it('tells since when a record is there, at an even pace between two looks', () => {
    const history = createEndHistory();
    history.note('a/0', { atMs: 0, end: 100n });
    history.note('a/0', { atMs: 10_000, end: 200n });
    history.note('a/0', { atMs: 20_000, end: 200n });

    const ages = [100n, 150n, 199n].map((offset) => history.ageMs('a/0', offset, 20_000));

    expect(ages).toEqual([20_000, 15_000, 10_100]);
    expect(history.ageMs('a/0', 200n, 20_000)).toBe(0);
  });

  it('says the least that it can be of a record that is older than all it saw', () => {
    const history = createEndHistory();
    history.note('a/0', { atMs: 5_000, end: 100n });

    expect([history.knows('a/0', 99n), history.knows('a/0', 100n), history.knows('b/0', 0n)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(history.ageMs('a/0', 99n, 35_000)).toBe(30_000);
  });

  it('is told what was before its first look', () => {
    const history = createEndHistory();
    history.note('a/0', { atMs: 100_000, end: 100n });
    history.noteEarlier('a/0', { atMs: 40_000, end: 90n });
    history.noteEarlier('a/0', { atMs: 0, end: 50n });
    history.noteEarlier('a/0', { atMs: 50_000, end: 95n });

    expect([95n, 70n].map((offset) => history.ageMs('a/0', offset, 100_000))).toEqual([30_000, 80_000]);
    expect(history.knows('a/0', 50n)).toBe(true);
  });

  it('begins anew where offsets do', () => {
    const history = createEndHistory();
    history.note('a/0', { atMs: 0, end: 100n });
    history.note('a/0', { atMs: 10_000, end: 3n });

    expect(history.ageMs('a/0', 2n, 12_000)).toBe(2_000);
  });

  it('knows a day to within a tenth of the age, of a look every 15 s, and keeps what it needs for that only', () => {
    const history = createEndHistory();
    for (let look = 0; look <= (24 * 60 * minuteMs) / 15_000; look += 1)
      history.note('a/0', { atMs: look * 15_000, end: BigInt(look * 10) });
    const nowMs = 24 * 60 * minuteMs;

    const off = [1, 10, 60, 600, 1_400].map((minutes) => {
      const offset = BigInt((nowMs - minutes * minuteMs) / 1_500);
      return Math.abs(history.ageMs('a/0', offset, nowMs) / (minutes * minuteMs) - 1);
    });

    expect(Math.max(...off)).toBeLessThan(0.1);
  });
});
