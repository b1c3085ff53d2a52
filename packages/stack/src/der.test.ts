import { describe, expect, it } from 'vitest';

import { integer } from './der.ts';

describe('a number in DER', () => {
  it.each([
    ['00', '020100'],
    ['7f', '02017f'],
    ['80', '02020080'],
    ['0010', '020110'],
    ['000080', '02020080'],
    ['ff00', '020300ff00'],
  ])('%s has as few bytes as it takes, and is not negative', (bytes, encoded) => {
    expect(integer(Buffer.from(bytes, 'hex')).toString('hex')).toBe(encoded);
  });
});
