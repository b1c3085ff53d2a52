import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalItem, canonicalText, compareUtf8, exactInteger, idText } from './canonical.ts';
import { parseExact } from './json-reader.ts';
import { anyString } from './testing/builders.ts';

function canonical(text: string): string {
  return canonicalText(parseExact(text).value);
}

describe('canonical text', () => {
  it('has no blanks, keeps numbers as written, and sorts members', () => {
    expect(canonical(' { "b" : [ 1.0 , -0 , 9007199254740993 ] , "a" : { } , "B" : null } ')).toBe(
      '{"B":null,"a":{},"b":[1.0,-0,9007199254740993]}',
    );
  });

  it('sorts members by UTF-8 bytes, which is not the order of UTF-16', () => {
    expect(canonical('{"\u{1f600}":1,"\uffee":2,"é":3,"z":4}')).toBe('{"z":4,"é":3,"\uffee":2,"\u{1f600}":1}');
  });

  it('escapes only what must be, in one way', () => {
    expect(canonical('"\\u0041\\/\\u00e9\\u2028\\u007f\\b\\u0008\\u001F\\"\\\\"')).toBe(
      '"A/é\u2028\u007f\\b\\b\\u001f\\"\\\\"',
    );
  });

  it('writes a lone surrogate as U+FFFD', () => {
    expect(canonical('"\\ud800"')).toBe('"\ufffd"');
  });

  it('is a fixed point that means the same', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const once = canonical(text);

        expect(canonical(once)).toBe(once);
        expect(JSON.parse(once)).toEqual(JSON.parse(canonical(JSON.stringify(JSON.parse(text)))));
      }),
    );
  });

  it('does not depend on the order in which members were sent', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(anyString(), fc.integer()), { selector: ([name]) => name.toWellFormed() }),
        (members) => {
          const text = (pairs: typeof members): string =>
            `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;

          expect(canonical(text(members))).toBe(canonical(text(members.toReversed())));
        },
      ),
    );
  });

  it('leaves out named members of the item, and only of the item itself', () => {
    const item = parseExact('{"attempt":3,"id":1,"inner":{"attempt":3}}').value;

    expect(canonicalItem(item, ['attempt'])).toBe('{"id":1,"inner":{"attempt":3}}');
  });
});

describe('the order of names', () => {
  it('is the order of their UTF-8 bytes', () => {
    const names = anyString().map((name) => name.toWellFormed());

    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});

describe('a value as a part of an id', () => {
  it.each([
    ['"A é\\n"', 'A é\n'],
    ['" blank "', ' blank '],
    ['9007199254740993', '9007199254740993'],
    ['1.0', '1.0'],
    ['true', 'true'],
    ['null', ''],
    ['{"b":1,"a":[2]}', '{"a":[2],"b":1}'],
  ])('of %s is %j', (json, text) => {
    expect(idText(parseExact(json).value)).toBe(text);
  });

  it('is empty when it is absent', () => {
    expect(idText(undefined)).toBe('');
  });
});

describe('a whole number', () => {
  it.each([
    ['12', 12],
    ['1e3', 1_000],
    ['-0', -0],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', undefined],
    ['1.5', undefined],
    ['1e400', undefined],
    ['"12"', undefined],
  ])('%s is %s', (json, number) => {
    expect(exactInteger(parseExact(json).value)).toBe(number);
  });
});
