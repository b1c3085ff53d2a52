import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { email } from './email.ts';

describe('a mail address', () => {
  it.each([
    ['ada@acme.example', 'ada@acme.example'],
    ['  Ada.Lovelace@ACME.Example\n', 'ada.lovelace@acme.example'],
    ['ada+calls@acme.example', 'ada+calls@acme.example'],
    ["o'hara_1/2=3@acme.example", "o'hara_1/2=3@acme.example"],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ADA@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['Jose\u0301@acme.example', 'jos\u00e9@acme.example'],
  ])('written as %j is %s', (text, expected) => {
    expect(email(text)).toBe(expected);
  });

  it('keeps dots and tags, which only some hosts ignore', () => {
    expect(email('a.d.a@acme.example')).not.toBe(email('ada@acme.example'));
    expect(email('ada+x@acme.example')).not.toBe(email('ada@acme.example'));
  });

  it.each([
    'ada',
    'ada@',
    '@acme.example',
    'ada@localhost',
    'ada@127.0.0.1',
    'ada@1',
    'ada@[::1]',
    'ada@acme.example:25',
    'ada@ac%6de.example',
    'ada@acme.example/path',
    'ada@acme..example',
    'ada@-acme.example',
    'ada@a_b.example',
    'ada lovelace@acme.example',
    'Ada <ada@acme.example>',
    'mailto:ada@acme.example',
    'ada@acme.example, bob@acme.example',
    'a@b@acme.example',
    `${'a'.repeat(65)}@acme.example`,
    `a@${'b'.repeat(64)}.example`,
    `a@${'b.'.repeat(200)}example`,
    '\ud800@acme.example',
  ])('is not %j', (text) => {
    expect(email(text)).toBeUndefined();
  });

  it('is the same address again when it is read again', () => {
    const text = fc.oneof(
      fc.emailAddress(),
      fc.string({ unit: 'grapheme' }).map((local) => `${local}@Bücher.example`),
    );
    fc.assert(
      fc.property(text, (written) => {
        const once = email(written) ?? '';
        expect(email(once) ?? '').toBe(once);
      }),
    );
  });

  it('is none in a text without end', () => {
    expect(email(`${'a'.repeat(1_000_000)}@acme.example`)).toBeUndefined();
  });
});
