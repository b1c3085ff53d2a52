import { describe, expect, it } from 'vitest';

import { createRecentMap } from './recent-map.ts';

describe('a map with a limit', () => {
  it('always has the half of its limit that was used last, and reading is using', () => {
    const map = createRecentMap<string, number>(10);
    map.set('kept', 1);

    for (let index = 0; index < 1_000; index += 1) {
      map.set(`other ${index}`, index);
      if (index % 4 === 0) map.get('kept');
    }

    const lately = [996, 997, 998, 999].map((index) => map.get(`other ${index}`));
    expect([map.get('kept'), ...lately]).toEqual([1, 996, 997, 998, 999]);
  });

  it('forgets what was not used for long', () => {
    const map = createRecentMap<string, number>(10);
    map.set('left', 1);

    for (let index = 0; index < 10; index += 1) map.set(String(index), index);

    expect(map.get('left')).toBeUndefined();
  });

  it('never has more entries than its limit', () => {
    const map = createRecentMap<string, number>(100);
    const sizes: number[] = [];

    for (let index = 0; index < 10_000; index += 1) {
      map.set(String(index), index);
      map.get(String(index - 40));
      sizes.push(map.size());
    }

    expect(Math.max(...sizes)).toBe(100);
  });

  it('replaces the value of a key without forgetting another', () => {
    const map = createRecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);

    for (let value = 3; value < 100; value += 1) map.set('b', value);

    expect([map.get('a'), map.get('b')]).toEqual([1, 99]);
  });
});
