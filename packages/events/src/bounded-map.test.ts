import { expect, it } from 'vitest';

import { BoundedMap } from './bounded-map.ts';

it('a bounded map forgets what was set longest ago', () => {
  const map = new BoundedMap<string, number>(2);

  map.set('a', 1);
  map.set('b', 2);
  map.set('b', 3);
  const beforeItIsFull = [map.get('a'), map.get('b')];
  map.set('a', 4);
  map.set('c', 5);

  expect(beforeItIsFull).toEqual([1, 3]);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([4, undefined, 5]);
});
