import { describe, expect, it } from 'vitest';

import { checkFilter, parseFilter } from './filter.ts';
import { FilterError } from './problem.ts';
import { orderMessage, orderSchema, refundSchema } from './testing/order.ts';

const judge = (source: string, data: Readonly<Record<string, unknown>> = {}): string =>
  parseFilter(source).forSchema(orderSchema).judge(orderMessage(data)).kind;

function problemOf(source: string): FilterError {
  try {
    parseFilter(source).forSchema(orderSchema);
  } catch (thrown) {
    if (thrown instanceof FilterError) return thrown;
    throw thrown;
  }
  throw new RangeError(`${source} is a filter`);
}

describe('a filter', () => {
  it.each([
    ['data.amount > 1000', { amount: 1_099 }, 'matches'],
    ['data.amount > 1000', { amount: 999 }, 'differs'],
    ['data.amount >= 10.5', { amount: 11 }, 'matches'],
    ['data.amount / 2 == 3 && data.amount % 2 == 1', { amount: 7 }, 'matches'],
    ['-data.amount < -5', { amount: 7 }, 'matches'],
    ['data.currency in ["EUR", "USD"]', { currency: 'USD' }, 'matches'],
    ['"vip" in data.tags', { tags: ['new', 'vip'] }, 'matches'],
    ['data.tags[1] == "vip"', { tags: ['new', 'vip'] }, 'matches'],
    ['data.tags[7] == "vip"', { tags: ['new', 'vip'] }, 'differs'],
    ['data["currency"] == "EUR"', { currency: 'EUR' }, 'matches'],
    ['data.currency.startsWith("E") && data.currency.endsWith("R")', { currency: 'EUR' }, 'matches'],
    ['data.currency.lowerAscii() == "eur" && data.currency.size() == 3', { currency: 'EUR' }, 'matches'],
    ['size(data.currency) == 1', { currency: '😀' }, 'matches'],
    ['data.currency.matches("^(EUR|CHF)$")', { currency: 'CHF' }, 'matches'],
    ['matches(data.currency, "^e")', { currency: 'EUR' }, 'differs'],
    [
      'data.items.exists(item, item.sku == "A" && item.quantity > 1)',
      { items: [{ sku: 'A', quantity: 2 }] },
      'matches',
    ],
    ['data.items.all(item, item.quantity > 1)', { items: [{ quantity: 2 }, { quantity: 1 }] }, 'differs'],
    ['data.items.exists_one(item, item.quantity > 1)', { items: [{ quantity: 2 }, { quantity: 1 }] }, 'matches'],
    [
      'data.items.filter(item, item.quantity > 1).size() == 2',
      { items: [{ quantity: 2 }, { quantity: 3 }] },
      'matches',
    ],
    [
      'data.items.exists(item, data.tags.exists(tag, tag == item.sku))',
      { items: [{ sku: 'A' }], tags: ['A'] },
      'matches',
    ],
    ['timestamp(timestamp) >= timestamp("2026-03-01T00:00:00Z")', {}, 'matches'],
    [
      'timestamp(data.paidAt) - timestamp(timestamp) < duration("1h30m")',
      { paidAt: '2026-03-02T11:00:00Z' },
      'matches',
    ],
    ['timestamp(timestamp).getDayOfWeek() == 1 && timestamp(timestamp).getHours() == 10', {}, 'matches'],
    ['data.isTest ? data.amount > 5 : data.amount > 500', { isTest: false, amount: 400 }, 'differs'],
    ['trunkline.provider == "stripe" && trunkline.entity.kind == "order"', {}, 'matches'],
    ['trunkline.about.changeSource == "import"', {}, 'differs'],
  ])('%s of %j %s', (source, data, expected) => {
    expect(judge(source, data)).toBe(expected);
  });

  it.each([
    ['a field that is not there has no value, and what needs it does not match', 'data.amount > 1', {}, 'differs'],
    ['neither does its opposite', '!(data.amount > 1)', {}, 'differs'],
    ['nor does one that was cleared', 'data.amount > 1', { amount: null }, 'differs'],
    ['the other side may decide', 'data.amount > 1 || data.currency == "EUR"', { currency: 'EUR' }, 'matches'],
    ['either way around', 'data.currency == "EUR" || data.amount > 1', { currency: 'EUR' }, 'matches'],
    ['has() asks whether it was stated', 'has(data.amount)', {}, 'differs'],
    ['which a field that was cleared was', 'has(data.amount) && data.amount == null', { amount: null }, 'matches'],
    ['so what is not stated can be let through', '!has(data.amount) || data.amount > 1', {}, 'matches'],
    ['a list that was cleared is null, too', 'data.items == null', { items: null }, 'matches'],
    [
      'one item decides whatever the others lack',
      'data.items.exists(i, i.quantity > 1)',
      { items: [{}, { quantity: 2 }] },
      'matches',
    ],
    [
      'else what one lacks leaves no result',
      '!data.items.exists(i, i.quantity > 1)',
      { items: [{}, { quantity: 1 }] },
      'differs',
    ],
  ])('%s: %s of %j %s', (...[, source, data, expected]) => {
    expect(judge(source, data)).toBe(expected);
  });

  it.each([
    ['data.amount / (data.amount - 1) > 1', { amount: 1 }, 'division by zero'],
    ['data.amount * 9007199254740991 > 1', { amount: 2 }, 'a number is too large'],
    ['timestamp(data.currency) > timestamp(timestamp)', { currency: 'EUR' }, 'a text is no time'],
    ['"a" in data.tags', { tags: Array.from({ length: 1_001 }, () => 'b') }, 'a list has more than 1000 items'],
  ])('%s fails for %j, and says why', (source, data, reason) => {
    const filter = parseFilter(source).forSchema(orderSchema);

    expect(filter.judge(orderMessage(data))).toEqual({ kind: 'failed', reason });
  });
});

describe('what is no filter', () => {
  it.each([
    ['data.amout > 1', 6, 'data has no field "amout"', 'data.amount'],
    ['amount > 1', 1, 'there is no "amount"', 'data.amount'],
    ['tye == "x"', 1, 'there is no "tye"', 'type'],
    ['data.amount', 6, 'a filter is true or false, and this is int', undefined],
    ['data.amount &&', 15, 'unexpected token: EOF', undefined],
    ['data.amount == "1"', 1, 'int and string are not compared', undefined],
    ['data.paidAt > timestamp(timestamp)', 1, 'string and timestamp are not compared: timestamp(', undefined],
    ['data.amount + 1.5 > 2', 1, 'write 2.0, or double(…)', undefined],
    ['data.tags == ["a"]', 1, 'list of string is not compared as a whole', undefined],
    ['data.currency.startWith("E")', 1, 'there is no function "startWith"', 'startsWith()'],
    ['data.currency.size(1) == 1', 1, 'size is size(string) or size(list)', undefined],
    ['data.currency.matches(data.currency)', 28, 'the regular expression is written out', undefined],
    ['data.currency.matches("(?=a)")', 23, 'invalid or unsupported Perl syntax', undefined],
    ['data.currency.matches("(a{100}){100}")', 23, 'invalid repeat count', undefined],
    ['data.currency.matches("[a-z]{900}[0-9]{900}")', 23, 'at most 1000 instructions', undefined],
    ['data.items.exists(item)', 1, 'exists names an item and says what of it', undefined],
    ['data.amount.exists(item, true)', 6, 'exists goes through a list, and this is int', undefined],
    [
      'data.tags.exists(a, data.tags.exists(b, data.tags.exists(c, true)))',
      41,
      'at most 2 inside of each other',
      undefined,
    ],
    ['has(data)', 1, 'has() asks for one field', undefined],
    ['1 / 0 > 1', 1, 'division by zero', undefined],
    ['timestamp("yesterday") < timestamp(timestamp)', 1, 'a text is no time', undefined],
    ['9007199254740992 > data.amount', 1, 'numbers are at most 9007199254740991', undefined],
    ['data.amount > 5u', 15, 'no bytes, and no 5u', undefined],
    ['{"a": 1}.a == 1', 1, 'a filter has no maps', undefined],
    ['', 1, 'a filter is a condition', undefined],
  ])('%s: column %i, %s', (...[source, column, words, suggestion]) => {
    const problem = problemOf(source);

    expect(problem.message).toContain(words);
    expect(problem.place).toEqual({ line: 1, column });
    expect(problem.suggestion).toBe(suggestion);
  });

  it('is shown where it is in a text of several lines, in characters', () => {
    expect(problemOf('data.currency == "😀" &&\n  data.currency == "😀" && data.amout > 1').place).toEqual({
      line: 2,
      column: 32,
    });
  });
});

describe('a filter for events of several types', () => {
  const types = new Map([
    ['shop.order.paid', orderSchema],
    ['shop.order.refunded', refundSchema],
  ]);

  it('has to fit each of them', () => {
    expect(() => checkFilter('data.amount > 1000', types)).toThrow(
      'filter, line 1, column 6: data has no field "amount" (for shop.order.refunded)',
    );
  });

  it.each([
    ['type == "shop.order.paid" && data.amount > 1000'],
    ['data.amount > 1000 && type == "shop.order.paid"'],
    ['type != "shop.order.paid" || data.amount > 1000'],
    ['type == "shop.order.paid" ? data.amount > 1000 : data.reason == "fraud"'],
    ['has(data.amount) && data.amount > 1000'],
  ])('may ask which one it is: %s', (source) => {
    expect(() => checkFilter(source, types)).not.toThrow();
  });

  it('is judged by the type of the message', () => {
    const filter = checkFilter('has(data.amount) && data.amount > 1000', types);

    expect(filter.forSchema(orderSchema).judge(orderMessage({ amount: 1_001 })).kind).toBe('matches');
    expect(filter.forSchema(refundSchema)).toMatchObject({ always: false });
  });

  it('is refused where nothing could match it, and where no type has what it asks for', () => {
    expect(() => checkFilter('type == "shop.order.payed"', types)).toThrow('no event of these types could ever match');
    expect(() => checkFilter('has(data.amout) || data.currency == "EUR"', types)).toThrow(
      /did you mean data\.amount\?/,
    );
  });
});
