import { expect, it } from 'vitest';

import { alerts } from '../../../scripts/observability/alerts.ts';
import { faultRows } from '../rows.ts';
import { drills, pages } from './drills.ts';
import { scaledRule } from './scaled-rule.ts';

it('has a drill for each alert that wakes somebody, and for no other', () => {
  expect([...drills.keys()].toSorted()).toEqual([...pages].toSorted());
});

it.each([...drills])('%s has a rule that can be divided', (name, drill) => {
  const alert = alerts.get(name);
  if (alert === undefined) throw new Error('the first test says so');

  expect(() => scaledRule(name, alert, drill)).not.toThrow();
});

it('names fault rows that exist', () => {
  const named = [...drills.values()].flatMap(({ row }) => row ?? []);

  expect(faultRows.map(({ id }) => id)).toEqual(expect.arrayContaining(named));
});
