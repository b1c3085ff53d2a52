import { describe, expect, it } from 'vitest';

import { readMailAddress, readMailAddresses, readMailbox, readMailName } from './mail-address.ts';

describe('a mail address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com', undefined],
    [' ann@example.com ', 'ann@example.com', undefined],
    ['<ann@example.com>', 'ann@example.com', undefined],
    ['Ann Example <ann@example.com>', 'ann@example.com', 'Ann Example'],
    ['"Example, Ann" <ann@example.com>', 'ann@example.com', 'Example, Ann'],
    ['Example, Ann <ann@example.com>', 'ann@example.com', 'Example, Ann'],
    [String.raw`"Ann \"A\" <x@y>" <ann@example.com>`, 'ann@example.com', 'Ann "A" <x@y>'],
    ['ann@example.com <ann@example.com>', 'ann@example.com', 'ann@example.com'],
    ['ann@example.com (Ann Example)', 'ann@example.com', undefined],
    ['"ann example"@example.com', '"ann example"@example.com', undefined],
    ['Ann+Tag@Example.COM', 'Ann+Tag@Example.COM', undefined],
    ['jörg@bücher.example', 'jörg@bücher.example', undefined],
  ])('is found in %s', (text, address, name) => {
    expect(readMailbox(text)).toEqual({ address, name });
  });

  it.each([
    'Ann Example',
    'ann@',
    '@example.com',
    'a@b@c',
    'ann @example.com',
    'Ann <ann@example.com> <bob@example.com>',
    'ann@example.com, bob@example.com',
    `${'a'.repeat(400)}@example.com`,
  ])('is not found in %s', (text) => {
    expect(readMailbox(text)).toBeUndefined();
  });

  it('is read alone, and so is its name; an empty text has none', () => {
    expect(['Ann <ann@example.com>', '', 'nobody', true].map((value) => readMailAddress(value))).toEqual([
      'ann@example.com',
      null,
      undefined,
      undefined,
    ]);
    expect(['Ann <ann@example.com>', 'ann@example.com', '', 'nobody'].map((value) => readMailName(value))).toEqual([
      'Ann',
      null,
      null,
      undefined,
    ]);
  });
});

describe('a list of mail addresses', () => {
  it.each([
    ['one text', 'ann@example.com', ['ann@example.com']],
    ['the text of a header', 'Ann <ann@example.com>, "B, C" <b@example.com>', ['ann@example.com', 'b@example.com']],
    ['a list of texts', ['Ann <ann@example.com>', 'b@example.com'], ['ann@example.com', 'b@example.com']],
    ['a named group', 'team: ann@example.com, b@example.com;', ['ann@example.com', 'b@example.com']],
    ['nobody', 'undisclosed-recipients:;', []],
    ['an empty text', '', []],
    ['an empty list', [], []],
  ])('is read from %s', (_name, value, expected) => {
    expect(readMailAddresses(value)).toEqual(expected);
  });

  it.each([
    ['one that cannot be read', ['ann@example.com', 'nobody']],
    ['something else', [true]],
    ['an object', {}],
  ])('is not read where it has %s', (_name, value) => {
    expect(readMailAddresses(value)).toBeUndefined();
  });

  it('costs about its length, whatever is in it', () => {
    const cost = (text: string): number => {
      const start = process.cpuUsage();
      for (let run = 0; run < 10; run += 1) readMailAddresses(text);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const hostile = ['"', '(', '<', '\\"', '<"', ',', 'a@', '(\\', '("', '<"\\', '<a"'];

    const short = hostile.reduce((sum, piece) => sum + cost(piece.repeat(2_000)), 0);
    const long = hostile.reduce((sum, piece) => sum + cost(piece.repeat(16_000)), 0);

    // Eight times the length: the square would be 64 times the cost.
    expect(long).toBeLessThan(short * 30);
  });
});
