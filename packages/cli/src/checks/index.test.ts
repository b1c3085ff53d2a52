import { describe, expect, it } from 'vitest';

import { checks } from './index.ts';

describe('the doctor', () => {
  it('has checks with names of their own, each after the ones it requires', () => {
    const seen = new Set<string>();
    for (const { name, requires } of checks) {
      expect(seen.has(name)).toBe(false);
      for (const required of requires) expect(seen.has(required), `${name} requires ${required}`).toBe(true);
      seen.add(name);
    }
  });
});
