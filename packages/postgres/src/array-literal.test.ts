import { createRequire } from 'node:module';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { arrayLiteral } from './array-literal.ts';

/** The driver's own, which its types do not tell of. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as {
  readonly prepareValue: (value: unknown) => unknown;
};

const awkward = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'NULL', 'null', '{}', '"', '\\', '\\"', ' a ', ',', '\n', 'évt', null),
);

it('writes numbers and truths as their texts', () => {
  expect(arrayLiteral([1, -2.5, 12_345_678_901_234_567_890n, true, null])).toBe(
    '{"1","-2.5","12345678901234567890","true",NULL}',
  );
  expect(arrayLiteral([1n, false])).toBe('{"1","false"}');
});

it('writes an array of texts byte for byte as the driver would', () => {
  fc.assert(
    fc.property(fc.array(awkward), (items) => {
      expect(arrayLiteral(items)).toBe(prepareValue([...items]));
    }),
    { numRuns: 1_000 },
  );
});
