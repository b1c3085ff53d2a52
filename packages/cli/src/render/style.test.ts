import { formatAge, formatMicroseconds } from '@trunkline/operations/units';
import { describe, expect, it } from 'vitest';

import { wantsColour } from './style.ts';

describe('colour', () => {
  it('is for a terminal only, and not where NO_COLOR or a dumb terminal asks for none', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });

  it('is decided by FORCE_COLOR where that is set', () => {
    expect(wantsColour({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { FORCE_COLOR: 'false' })).toBe(false);
    expect(wantsColour({}, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true);
  });
});

describe('times', () => {
  it('are shown in the unit people think in', () => {
    expect([850, 1_234, 45_600, 4_210_000].map(formatMicroseconds)).toEqual(['850 µs', '1.23 ms', '45.6 ms', '4.21 s']);
    expect([500, 45_000, 185_000, 7_800_000, 273_600_000].map(formatAge)).toEqual([
      '0.50 s',
      '45.0 s',
      '3 min 5 s',
      '2 h 10 min',
      '3 d 4 h',
    ]);
  });
});
