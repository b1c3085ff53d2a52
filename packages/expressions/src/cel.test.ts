import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseFilter } from './filter.ts';
import { orderMessage, orderSchema } from './testing/order.ts';

const reference = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });

/** As the library's own evaluator says it: what has no value there is an error. */
function asCelSays(source: string, message: unknown): string {
  try {
    return reference.evaluate(source, withBigInts(message)) === true ? 'matches' : 'differs';
  } catch {
    return 'differs';
  }
}

/** CEL's whole numbers are bigints there. */
function withBigInts(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value);
  // A record, as it was before.
  return JSON.parse(text, (_, member: unknown) => (typeof member === 'number' ? BigInt(member) : member)) as Record<
    string,
    unknown
  >;
}

const small = fc.integer({ min: -2, max: 3 });
const word = fc.constantFrom('', 'a', 'ab', 'EUR', 'b');
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 5 });
const data = fc.record(
  {
    amount: orNull(small),
    currency: orNull(word),
    isTest: orNull(fc.boolean()),
    tags: orNull(fc.array(word, { maxLength: 3 })),
    items: orNull(
      fc.array(fc.record({ sku: orNull(word), quantity: orNull(small) }, { requiredKeys: [] }), { maxLength: 3 }),
    ),
  },
  { requiredKeys: [] },
);

const { condition } = fc.letrec<{ condition: string; number: string; text: string; atom: string; item: string }>(
  (tie) => ({
    number: fc.oneof(
      { maxDepth: 2 },
      fc.constant('data.amount'),
      small.map(String),
      fc.constant('size(data.tags)'),
      fc.constant('data.currency.size()'),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number'))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    ),
    text: fc.oneof(
      fc.constant('data.currency'),
      fc.constant('data.tags[0]'),
      fc.constant('data.currency.lowerAscii()'),
      word.map((text) => JSON.stringify(text)),
    ),
    item: fc.oneof(
      { maxDepth: 1 },
      fc.tuple(fc.constantFrom('==', '!=', '<', '>='), small).map(([sign, n]) => `item.quantity ${sign} ${n}`),
      fc.constant('item.sku in data.tags'),
      fc.constant('has(item.sku)'),
      fc.constant('data.tags.exists(tag, tag == item.sku)'),
      fc.tuple(tie('item'), fc.constantFrom('&&', '||'), tie('item')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    ),
    atom: fc.oneof(
      fc.constantFrom(
        'data.isTest',
        'has(data.amount)',
        'has(data.tags)',
        'data.amount == null',
        'data.currency != null',
        'true',
        'false',
      ),
      fc
        .tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number'))
        .map(([a, sign, b]) => `${a} ${sign} ${b}`),
      fc
        .tuple(tie('text'), fc.constantFrom('==', '!=', '<', '>='), tie('text'))
        .map(([a, sign, b]) => `${a} ${sign} ${b}`),
      fc
        .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains', 'matches'), word)
        .map(([a, name, b]) => `${a}.${name}(${JSON.stringify(b)})`),
      tie('text').map((text) => `${text} in data.tags`),
      fc
        .tuple(fc.constantFrom('exists', 'all', 'exists_one'), tie('item'))
        .map(([name, body]) => `data.items.${name}(item, ${body})`),
      tie('item').map((body) => `data.items.filter(item, ${body}).size() > 1`),
    ),
    condition: fc.oneof(
      { maxDepth: 3 },
      tie('atom'),
      tie('condition').map((of) => `!(${of})`),
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
        .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  }),
);

describe('the language of filters', () => {
  it('is CEL: whatever it takes, it judges as the library does that reads it', () => {
    let matched = 0;

    fc.assert(
      fc.property(condition, data, (source, given) => {
        const message = orderMessage(given);
        const filter = readable(source);
        if (filter === undefined) return;
        const judged = filter.judge(message).kind === 'matches' ? 'matches' : 'differs';
        if (judged === 'matches') matched += 1;
        expect(`${source}: ${judged}`).toBe(`${source}: ${asCelSays(source, message)}`);
      }),
      { numRuns: 1_000 },
    );
    // Else the two would agree that nothing matches.
    expect(matched).toBeGreaterThan(100);
  });
});

/** Undefined for one that is refused: a division by a zero that is written out. */
function readable(source: string): ReturnType<ReturnType<typeof parseFilter>['forSchema']> | undefined {
  try {
    return parseFilter(source).forSchema(orderSchema);
  } catch {
    return undefined;
  }
}
