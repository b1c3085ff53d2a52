import fc from 'fast-check';
import { expect, it } from 'vitest';

import { withoutExponent } from './java-double.ts';

it.each([
  ['1.0E7', '10000000'],
  ['1.23456789E7', '12345678.9'],
  ['-3.5E8', '-350000000'],
  ['1.25E-4', '0.000125'],
  ['5.0E-4', '0.0005'],
  ['50000.0', '50000.0'],
  ['12', '12'],
  ['1E7', '1E7'],
  ['NaN', 'NaN'],
])('%s is %s', (text, expected) => {
  expect(withoutExponent(text)).toBe(expected);
});

it('changes the value of no number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }), (number) => {
      const [digits = '', exponent = '0'] = number.toExponential().split('e');
      const written = `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;

      expect(Number(withoutExponent(written))).toBe(number);
    }),
  );
});
