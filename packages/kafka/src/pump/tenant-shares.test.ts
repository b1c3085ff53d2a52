import { describe, expect, it } from 'vitest';

import { TenantShares } from './tenant-shares.ts';

describe('the shares of a partition window', () => {
  it('let no tenant begin a record once it holds half of the window, and leave the others alone', () => {
    const shares = new TenantShares(1_000);

    shares.add('bulk', 499);
    expect(shares.mustWait('bulk')).toBe(false);
    shares.add('bulk', 1);

    expect(shares.mustWait('bulk')).toBe(true);
    expect(shares.mustWait('small')).toBe(false);
  });

  it('let a tenant that waited go on when half of its share is free, and say so once', () => {
    const shares = new TenantShares(1_000);
    shares.add('bulk', 500);
    shares.mustWait('bulk');

    expect(shares.remove('bulk', 249)).toBe(false);
    expect(shares.remove('bulk', 1)).toBe(true);
    expect(shares.remove('bulk', 1)).toBe(false);
  });

  it('say nothing of tenants that never waited', () => {
    const shares = new TenantShares(1_000);
    shares.add('small', 100);

    expect(shares.remove('small', 100)).toBe(false);
  });
});
