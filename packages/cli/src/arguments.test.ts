import { describe, expect, it } from 'vitest';

import {
  collectArgument,
  countArgument,
  durationArgument,
  momentArgument,
  momentMs,
  rateArgument,
  urlArgument,
  waitArgument,
} from './arguments.ts';

describe('arguments', () => {
  it('take a time with its unit', () => {
    expect(['500ms', '30s', '15m', '1h', '7d'].map(durationArgument)).toEqual([
      500, 30_000, 900_000, 3_600_000, 604_800_000,
    ]);
  });

  it.each(['', '5', 'h', '-1h', '1.5h', '1 h', '1w', '99999999999s'])('refuse %j as a time', (text) => {
    expect(() => durationArgument(text)).toThrow('Give a number and a unit');
  });

  it('take a time to wait for that a timer keeps', () => {
    expect(['0s', '2s', '24h', '1d'].map(waitArgument)).toEqual([0, 2_000, 86_400_000, 86_400_000]);
    // 2³¹ ms: a timer would go off at once.
    for (const text of ['86400001ms', '25d', '600h', '999999999d'])
      expect(() => waitArgument(text)).toThrow('at most 1d');
  });

  it('take a moment as an age or as a date', () => {
    const nowMs = Date.parse('2025-01-31T12:00:00Z');

    expect(momentMs(momentArgument('2h'), nowMs)).toBe(Date.parse('2025-01-31T10:00:00Z'));
    expect(momentMs(momentArgument('2025-01-30T00:00:00Z'), nowMs)).toBe(Date.parse('2025-01-30T00:00:00Z'));
    expect(() => momentArgument('yesterday')).toThrow('2025-01-31T12:00:00Z');
    expect(() => momentArgument('2weeks')).toThrow('number and a unit');
  });

  it.each([
    '7',
    '2',
    '24',
    '2025',
    '2025-02',
    '1/2',
    '7 July 2025',
    '2025-02-31',
    '2025-02-29T00:00:00Z',
    '2025-13-01',
  ])('refuse %j as a moment: an age without its unit is no date', (text) => {
    expect(() => momentArgument(text)).toThrow('2025-01-31T12:00:00Z');
  });

  it.each(['2025-01-31', '2024-02-29T23:59:59.123456789Z', '2025-01-31T12:00+01:00', '2025-01-31 12:00'])(
    'take %j as a moment',
    (text) => {
      expect(momentArgument(text)).toEqual({ atMs: Date.parse(text) });
    },
  );

  it('take an age that has a date', () => {
    expect(momentArgument('36500d')).toEqual({ agoMs: 36_500 * 86_400_000 });
    expect(() => momentArgument('36501d')).toThrow('at most 36500d');
    expect(() => momentArgument('999999999d')).toThrow('at most 36500d');
  });

  it.each(['0', '101', '1e2', '-1', '1.5', '', ' 5', '0x10'])('refuse %j as a count from 1 to 100', (text) => {
    expect(() => countArgument(1, 100)(text)).toThrow('from 1 to 100');
  });

  it('take a rate with or without its unit', () => {
    expect(rateArgument(1_000)('200/s')).toBe(200);
    expect(rateArgument(1_000)('200')).toBe(200);
    expect(() => rateArgument(1_000)('200/m')).toThrow('from 1 to 1000');
  });

  it('take http addresses only', () => {
    expect(urlArgument('http://localhost:8080/')).toBe('http://localhost:8080');
    expect(() => urlArgument('file:///etc/passwd')).toThrow('http://');
    expect(() => urlArgument('localhost:8080')).toThrow('http://');
  });

  it('collect a repeated option and a list with commas alike', () => {
    expect(collectArgument('c', collectArgument('a,b,', undefined))).toEqual(['a', 'b', 'c']);
  });
});
