import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type ExactJson, ExactNumber, isExactObject, maxJsonDepth, maxJsonValues, parseExact } from './json-reader.ts';
import { anyString } from './testing/builders.ts';

/** What JSON.parse would have returned. */
function plain(value: ExactJson): unknown {
  if (value instanceof ExactNumber) return value.value;
  if (typeof value !== 'object' || value === null) return value;
  if (!isExactObject(value)) return value.map(plain);
  // fromEntries defines members; an assignment would set the prototype for "__proto__".
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]));
}

const refusal = expect.objectContaining({ code: 'payload_malformed' });

describe('reading JSON', () => {
  it('gives what JSON.parse gives, for every value and every layout', () => {
    const values = fc.json({ maxDepth: 8 }).map((text) => JSON.parse(text) as unknown);

    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);

        expect(plain(parseExact(text).value)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('gives what JSON.parse gives for any string and name, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(anyString(), fc.boolean(), (string, asName) => {
        const text = JSON.stringify(asName ? { [string]: 1 } : [string]);

        expect(plain(parseExact(text).value)).toEqual(wellFormed(JSON.parse(text)));
      }),
    );
  });

  it('accepts and refuses the same texts as JSON.parse', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '\\ud83d',
      '0',
      '-',
      '1',
      '.5',
      'e9',
      'E+',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u00a0',
      '\ufeff',
      '\u0001',
      '/',
    ];
    const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((parts) => parts.join(''));

    fc.assert(
      fc.property(texts, (text) => {
        const expected = attempt(() => wellFormed(JSON.parse(text)));

        expect(attempt(() => plain(parseExact(text).value))).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    '',
    ' ',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '+1',
    'NaN',
    'Infinity',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '[1 2]',
    '"\t"',
    '"\\x41"',
    '"\\u12g4"',
    '\ufeff{}',
    '{}x',
    'tru',
    '[',
    '{"a"',
    '"abc',
    '"\\',
  ])('refuses %j with its position and without its text', (text) => {
    expect(() => parseExact(text)).toThrow(refusal);
    expect(() => parseExact(text)).toThrow(/ends too early|is not JSON at character/);
  });

  it('keeps the source text of every number, as the reviver of JSON.parse reports it', () => {
    const numbers = fc.array(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
        fc.bigInt().map(String),
        fc.constantFrom('1.0', '-0', '1e400', '1E5', '0.10', '9007199254740993'),
      ),
      { minLength: 1 },
    );

    fc.assert(
      fc.property(numbers, (texts) => {
        const sources: (string | undefined)[] = [];
        // The third argument is in ES2026; TypeScript's library does not declare it yet.
        const reviver = ((_name: string, value: unknown, context: { source?: string }) => {
          if (typeof value === 'number') sources.push(context.source);
          return value;
        }) as (name: string, value: unknown) => unknown;
        JSON.parse(`[${texts.join(',')}]`, reviver);

        const { value } = parseExact(`[${texts.join(',')}]`);

        expect(
          Array.isArray(value) && value.map((item: ExactJson) => (item instanceof ExactNumber ? item.text : item)),
        ).toEqual(sources);
      }),
    );
  });

  it('refuses nesting beyond the limit, however deep, without running out of stack', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

    expect(parseExact(nested(maxJsonDepth)).value).toBeInstanceOf(Array);
    expect(() => parseExact(nested(maxJsonDepth + 1))).toThrow(refusal);
    expect(() => parseExact(nested(10_000))).toThrow(refusal);
    expect(() => parseExact('{"a":'.repeat(10_000))).toThrow(refusal);
  });

  it('counts nesting, not brackets', () => {
    const text = `[${'[],'.repeat(200)}{}]`;

    expect(parseExact(text).value).toHaveLength(201);
  });

  it('refuses more values than the limit', () => {
    const list = (length: number): string => `[${Array(length).fill('0').join(',')}]`;

    expect(parseExact(list(maxJsonValues - 1)).value).toHaveLength(maxJsonValues - 1);
    expect(() => parseExact(list(maxJsonValues))).toThrow(refusal);
  });

  it('reads names that look like those before as what they are', () => {
    // Of few letters, so that many share length, first and last letter.
    const names = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '"', '\\', ' '), maxLength: 70 }), {
      maxLength: 20,
    });

    fc.assert(
      fc.property(names, (list) => {
        const text = JSON.stringify(list.map((name) => ({ [name]: name })));

        expect(plain(parseExact(text).value)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads __proto__ and constructor as members and inherits nothing', () => {
    const { value } = parseExact('{"__proto__":{"admin":true},"constructor":1}');

    expect(isExactObject(value) && Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(isExactObject(value) && value['admin']).toBe(undefined);
    expect(isExactObject(value) && value['toString']).toBe(undefined);
  });
});

describe('members named twice', () => {
  it('are noticed in the object and everything around it, not beside it', () => {
    const document = parseExact('[{"id":1,"to":{"a":1,"a":1}},{"id":2}]');
    const [doubled, single] = document.value as readonly ExactJson[];

    expect(document.hasDuplicateMembers(document.value)).toBe(true);
    expect(document.hasDuplicateMembers(doubled ?? null)).toBe(true);
    expect(document.hasDuplicateMembers(single ?? null)).toBe(false);
  });

  it('are noticed whichever way their name is written', () => {
    const document = parseExact('{"a":1,"\\u0061":2}');

    expect(document.hasDuplicateMembers(document.value)).toBe(true);
  });

  it('are not seen in members that only every object of JavaScript has', () => {
    const document = parseExact('{"__proto__":1,"toString":2,"constructor":3,"hasOwnProperty":4}');

    expect(document.hasDuplicateMembers(document.value)).toBe(false);
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch {
    return 'refused';
  }
}
