import { expect, it } from 'vitest';

import { createStatementNames } from './statement-name.ts';

it('one text has one name, in every process, and two texts have two', () => {
  const nameOf = createStatementNames();

  expect(nameOf('SELECT 1')).toBe(nameOf('SELECT 1'));
  expect(nameOf('SELECT 1')).toBe(createStatementNames()('SELECT 1'));
  expect(nameOf('SELECT 1')).not.toBe(nameOf('SELECT 2'));
  // Postgres cuts longer names off, and two could become one.
  expect(nameOf('SELECT 1')?.length).toBeLessThan(64);
});

it('beyond the limit texts have no name, and those before keep theirs', () => {
  const nameOf = createStatementNames();
  const named = Array.from({ length: 200 }, (_, index) => nameOf(`SELECT ${index}`));

  expect(new Set(named).size).toBe(200);
  expect(nameOf('SELECT 200')).toBeUndefined();
  expect(nameOf('SELECT 7')).toBe(named[7]);
});
