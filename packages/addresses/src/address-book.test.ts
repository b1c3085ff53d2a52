import { describe, expect, it } from 'vitest';

import { createAddressBook } from './address-book.ts';
import { createDigest } from './digest.ts';

const own = '+15005550001';
const book = createAddressBook({
  digest: createDigest(Buffer.alloc(32, 1)),
  region: () => 'US',
  isOwnNumber: (_, number) => number === own,
});

describe('a field that may hold a number or a mail address', () => {
  it.each([
    ['Ada@ACME.example', 'ada@acme.example'],
    ['(500) 555-0006', '+15005550006'],
    ['sip:+15005550006@pbx.example', '+15005550006'],
  ])('written as %s is found by %s', (text, value) => {
    expect(book.either('tnt_a', text).map((known) => known.value)).toEqual([value]);
  });

  it.each([null, 'ACME', 'sip:ada@pbx.example', own, `sip:${own}@pbx.example`])('with %s is nobody’s', (text) => {
    expect(book.either('tnt_a', text)).toEqual([]);
  });
});
