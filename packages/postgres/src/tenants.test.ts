import { describe, expect, it } from 'vitest';

import { tenantSetting } from './tenants.ts';

describe('the tenants of a transaction', () => {
  it('are joined by commas, each once', () => {
    expect(tenantSetting(['tnt_a', 'tnt_b', 'tnt_a'])).toBe('tnt_a,tnt_b');
  });

  it('may be none', () => {
    expect(tenantSetting([])).toBe('');
  });

  it.each(['', 'tnt_a,tnt_b', 'TNT', 'tnt a', 'ü', "x'y"])('are never %j', (tenant) => {
    expect(() => tenantSetting([tenant])).toThrow(expect.objectContaining({ code: 'decode_failed' }));
  });
});
