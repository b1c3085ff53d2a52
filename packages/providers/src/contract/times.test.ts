import { parseExact } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import {
  readDecimalSeconds,
  readInstant,
  readMicroseconds,
  readMilliseconds,
  readRfc2822,
  readSeconds,
  readUtc,
  timeOfFact,
} from './times.ts';

const at = Date.UTC(2026, 2, 2, 10, 15, 30);
const exact = (text: string) => parseExact(text).value;

describe('a time that is a number', () => {
  it.each([
    [readSeconds, '1772446530', at],
    [readSeconds, '"1772446530"', at],
    [readSeconds, '0', 0],
    [readMilliseconds, '1772446530123', at + 123],
    [readMilliseconds, '"1772446530123"', at + 123],
    [readMicroseconds, '1772446530123999', at + 123],
    [readDecimalSeconds, '1772446530.1239', at + 123],
    [readDecimalSeconds, '"1772446530.1"', at + 100],
  ])('is read by %o from %s, cut to milliseconds', (read, text, expected) => {
    expect(read(exact(text))).toBe(expected);
  });

  it.each([
    ['milliseconds where seconds are written', readSeconds, '1772446530123'],
    ['seconds where milliseconds are written', readMilliseconds, '1772446530'],
    ['microseconds where milliseconds are written', readMilliseconds, '1772446530123999'],
    ['milliseconds where microseconds are written', readMicroseconds, '1772446530123'],
    ['milliseconds where seconds with a fraction are written', readDecimalSeconds, '1772446530123'],
    ['a negative number', readSeconds, '-1'],
    ['a fraction of a second where there is none', readSeconds, '1772446530.5'],
    ['a number as a program prints large ones', readMilliseconds, '1.772446530123e12'],
    ['a text that is no number', readSeconds, '"soon"'],
    ['an empty text', readSeconds, '""'],
    ['a flag', readMilliseconds, 'true'],
    ['null', readSeconds, 'null'],
  ])('is not read from %s', (_name, read, text) => {
    expect(read(exact(text))).toBeUndefined();
  });
});

describe('a time of ISO 8601', () => {
  it.each([
    ['2026-03-02T10:15:30Z', at],
    ['2026-03-02T10:15:30.123Z', at + 123],
    ['2026-03-02T10:15:30.123999999Z', at + 123],
    ['2026-03-02t10:15:30z', at],
    ['2026-03-02 10:15:30+00', at],
    ['2026-03-02T11:15:30.1+0100', at + 100],
    ['2026-03-02T05:15:30-05:00', at],
    ['2026-03-02 10:15:30 UTC', at],
    ['2026-03-02 11:15:30 +0100', at],
    ['2026-03-02T10:15Z', at - 30_000],
  ])('%s is an instant', (text, expected) => {
    expect(readInstant(text)).toBe(expected);
  });

  it.each([
    '2026-03-02T10:15:30',
    '2026-03-02',
    '2026-02-30T10:15:30Z',
    '2026-13-02T10:15:30Z',
    '2026-03-02T25:15:30Z',
    '2026-03-02T10:15:30 CET',
    '1969-12-31T23:59:59Z',
    '02.03.2026 10:15:30Z',
    '',
  ])('%s is none', (text) => {
    expect(readInstant(text)).toBeUndefined();
  });

  it('without an offset is UTC where the provider says so', () => {
    expect(readUtc('2026-03-02 10:15:30')).toBe(at);
    expect(readUtc('2026-03-02T10:15:30.123')).toBe(at + 123);
    expect(readUtc('2026-03-02T11:15:30+01:00')).toBe(at);
    expect(readUtc('2026-03-02')).toBeUndefined();
  });
});

describe('a time of RFC 2822', () => {
  it('is read with its offset', () => {
    expect(readRfc2822('Mon, 02 Mar 2026 10:15:30 +0000')).toBe(at);
    expect(readRfc2822('2 Mar 2026 05:15:30 -0500')).toBe(at);
    expect(readRfc2822('Mon, 02 Mar 2026 10:15:30 GMT')).toBe(at);
    expect(readRfc2822('Mon, 02 Mar 2026 11:15:30 +0100 (Central European Time)')).toBe(at);
    expect(readRfc2822('Mon,  2 mar 2026\r\n 10:15:30 ut ')).toBe(at);
  });

  it.each([
    ['EST', 5],
    ['EDT', 4],
    ['CST', 6],
    ['CDT', 5],
    ['MST', 7],
    ['MDT', 6],
    ['PST', 8],
    ['PDT', 7],
  ])('in the zone %s is %i hours behind', (zone, hours) => {
    expect(readRfc2822(`Mon, 02 Mar 2026 10:15:30 ${zone}`)).toBe(at + hours * 3_600_000);
  });

  it.each([
    'Mon, 31 Feb 2026 10:15:30 +0000',
    'Mon, 02 Foo 2026 10:15:30 +0000',
    'Mon, 02 Mar 2026 10:15:30',
    'Mon, 02 Mar 2026 10:15:30 IST',
    'now',
  ])('is not %s', (text) => {
    expect(readRfc2822(text)).toBeUndefined();
  });
});

describe('the time of a fact', () => {
  it('is the one that is told', () => {
    expect(timeOfFact('2026-03-02T10:15:30Z', readInstant, 'created_at')).toEqual({
      occurred: { at, estimated: false },
      flaws: [],
    });
  });

  it.each([undefined, null, 'soon'])('is estimated and named as a flaw for %s', (value) => {
    expect(timeOfFact(value, readInstant, 'created_at')).toEqual({
      occurred: { estimated: true },
      flaws: ['not found or not usable: created_at'],
    });
  });
});
