import { expect, it } from 'vitest';

import { micros, minorUnits } from './money.ts';

it.for([
  ['12.50', 'EUR', 1250],
  ['500', 'JPY', 500],
  ['500.5', 'JPY', undefined],
  ['1.2345', 'KWD', undefined],
  ['1.25E7', 'EUR', 1_250_000_000],
  ['1.25E30', 'EUR', undefined],
] as const)('%s %s in minor units', ([text, currency, units]) => {
  expect(minorUnits(text, currency)).toBe(units);
});

it('reads a price below a thousandth as Java writes it', () => {
  expect(micros('4.0E-4')).toBe(400);
});
