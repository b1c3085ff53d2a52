import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkFilter, parseFilter } from './filter.ts';
import { filterLimits } from './limits.ts';
import { FilterError } from './problem.ts';
import { sharedSteps } from './run.ts';
import { orderMessage, orderSchema } from './testing/order.ts';

/** Reads it, judges by it; gives what was thrown. */
function thrownBy(source: string, data: unknown = {}): unknown {
  try {
    parseFilter(source).forSchema(orderSchema).judge(data);
    checkFilter(source, new Map([['shop.order.paid', orderSchema]]));
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

const isRefused = (thrown: unknown): boolean => thrown === undefined || thrown instanceof FilterError;

describe('a text that means harm', () => {
  it.each([
    ['brackets', `${'('.repeat(2_000)}1${')'.repeat(2_000)}`],
    ['lists', `${'['.repeat(2_000)}${']'.repeat(2_000)}`],
    ['opposites', `${'!'.repeat(4_000)}true`],
    ['minuses', `${'-'.repeat(4_000)}1`],
    ['members', `data${'.a'.repeat(2_000)}`],
    ['places', `data.tags${'[0]'.repeat(1_300)}`],
    ['terms', Array.from({ length: 1_300 }, () => '1').join('+')],
    ['choices', Array.from({ length: 900 }, () => 'true?1').join(':')],
    ['chains of macros', `data.tags${'.filter(x,true)'.repeat(260)}`],
    ['a huge number', `${'9'.repeat(4_000)} > 1`],
    ['a huge exponent', '1e999999999 > 1.0'],
    ['half a character', 'data.currency == "\ud800"'],
    ['a nul', 'data.currency == "\u0000"'],
    ['no name', 'data.\u202eamount > 1'],
    ['too many bytes', `data.currency == "${'é'.repeat(2_100)}"`],
    ['the prototype', 'data.__proto__ == null'],
    ['the constructor', 'data.constructor == null'],
    ['a method of objects', 'data.hasOwnProperty("amount")'],
    ['the prototype by its name', 'data["__proto__"] == null'],
    ['a name that is reserved', '__proto__ == null'],
    ['a macro of the library', 'cel.bind(x, 1, x == 1)'],
    ['a type', 'type(data.amount) == int'],
    ['no function of ours', 'dyn(data.amount) == 1'],
    ['a long constant', `"${'a'.repeat(3_000)}".matches("${'(a|b)*'.repeat(60)}c")`],
  ])('%s is refused, or judged, and nothing else is thrown', (_, source) => {
    expect(thrownBy(source)).toSatisfy(isRefused);
  });

  it('is refused where it is more than there may be', () => {
    const most = Array.from({ length: 167 }, () => 'data.isTest').join(' && ');

    expect(thrownBy(most)).toBeUndefined();
    expect(thrownBy(`${most} && data.isTest`)).toBeInstanceOf(FilterError);
  });

  it('reads nothing that a value does not have itself', () => {
    const open = parseFilter('trunkline.about.constructor != null').forSchema(orderSchema);
    const message = { ...Object(orderMessage({})), trunkline: { about: JSON.parse('{"__proto__": {"admin": true}}') } };

    expect(open.judge({ trunkline: { about: {} } })).toEqual({ kind: 'differs' });
    expect(parseFilter('trunkline.about.admin == true').forSchema(orderSchema).judge(message)).toEqual({
      kind: 'differs',
    });
  });

  it('throws nothing else, whatever it is', () => {
    const words = fc.constantFrom(
      'data',
      'type',
      '.',
      'amount',
      'tags',
      'items',
      'exists',
      '(',
      ')',
      '[',
      ']',
      '"',
      "'",
      '\\',
      'x',
      ',',
      '!',
      '-',
      '&&',
      '||',
      '==',
      '<',
      '?',
      ':',
      '1',
      '0x',
      '1.5',
      'u',
      'b"',
      'r"',
      'has',
      'matches',
      '__proto__',
      'in',
      'null',
      ' ',
      '\n',
      '{',
      '}',
      '😀',
      '\ud800',
    );
    const sources = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 25 }).map((all) => all.join('')),
    );

    fc.assert(
      fc.property(sources, (source) => isRefused(thrownBy(source))),
      { numRuns: 100 },
    );
  });

  it('is judged without a throw, whatever the message is, and twice the same', () => {
    const filter = parseFilter(
      'data.amount > 1 || data.tags.exists(t, t.contains("a") || t == data.currency) || data.items.all(i, i.quantity in [1, 2]) || timestamp(data.paidAt) > timestamp(timestamp)',
    ).forSchema(orderSchema);
    const data = fc.record(
      {
        amount: fc.anything(),
        tags: fc.oneof(fc.anything(), fc.array(fc.anything())),
        items: fc.oneof(fc.anything(), fc.array(fc.anything())),
        paidAt: fc.anything(),
      },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(fc.oneof(fc.anything(), data.map(orderMessage)), (message) => {
        expect(filter.judge(message)).toEqual(filter.judge(message));
      }),
    );
  });
});

describe('time beyond the calendar', () => {
  it('is nothing that is computed with', () => {
    const filter = parseFilter('(timestamp(timestamp) + duration("2400000000h")).getHours() != 1').forSchema(
      orderSchema,
    );

    expect(filter.judge(orderMessage({}))).toEqual({ kind: 'failed', reason: 'a number is too large' });
  });

  it('is refused where it is written', () => {
    expect(thrownBy('duration("99999999999999999h") > duration("1h")')).toBeInstanceOf(FilterError);
  });
});

describe('what a filter may cost', () => {
  const items = (count: number): unknown[] => Array.from({ length: count }, () => 'b');
  const judge = (source: string, data: Readonly<Record<string, unknown>>): unknown =>
    parseFilter(source).forSchema(orderSchema).judge(orderMessage(data));
  const tooMany = { kind: 'failed', reason: `it takes more than ${filterLimits.steps} steps` };

  it('is counted: lists inside of lists fail at the same size on every machine', () => {
    const nested = 'data.tags.exists(a, data.tags.exists(b, a != b))';

    // Of each of n items n bodies of 3 parts, and the inner list with its own 2.
    expect(judge(nested, { tags: items(57) })).toEqual({ kind: 'differs' });
    expect(judge(nested, { tags: items(58) })).toEqual(tooMany);
  });

  it('is shared by those who judge one message for one owner, and leaves each of them enough for a plain condition', () => {
    const shared = sharedSteps();
    const message = orderMessage({ tags: items(57), amount: 2 });
    const costly = parseFilter('data.tags.exists(a, data.tags.exists(b, a != b))').forSchema(orderSchema);
    const plain = parseFilter('data.amount > 1').forSchema(orderSchema);

    const judged = Array.from({ length: 20 }, () => costly.judge(message, shared).kind);

    expect(judged.slice(0, 5)).toEqual(['differs', 'differs', 'differs', 'differs', 'differs']);
    expect(new Set(judged.slice(6))).toEqual(new Set(['failed']));
    expect(costly.judge(message, shared)).toEqual({ kind: 'failed', reason: expect.stringContaining('50000 steps') });
    expect(plain.judge(message, shared)).toEqual({ kind: 'matches' });
    expect(costly.judge(message, sharedSteps()).kind).toBe('differs');
  });

  it('may not be hidden behind a side that has a value', () => {
    expect(
      judge('data.tags.exists(a, data.tags.exists(b, a != b)) || data.currency == "EUR"', {
        tags: items(100),
        currency: 'EUR',
      }),
    ).toEqual(tooMany);
  });

  it('grows with a text and no faster: a pattern never goes back', () => {
    const bomb = 'data.currency.matches("(a+)+$")';

    expect(judge(bomb, { currency: `${'a'.repeat(4_000)}!` })).toEqual({ kind: 'differs' });
    expect(judge(bomb, { currency: `${'a'.repeat(6_000)}!` })).toEqual(tooMany);
  });
});
