import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createDigest } from './digest.ts';

describe('the digest of an address', () => {
  const installationKey = Buffer.from('an installation key of 32 bytes!', 'latin1');
  const digest = createDigest(installationKey);

  it('is the 32 bytes of HMAC-SHA256 over the netstrings k1, tenant, and the address', () => {
    const expected = createHmac('sha256', installationKey).update('2:k1,8:tnt_acme,12:+15005550006,').digest();

    expect(digest('tnt_acme', '+15005550006')).toEqual(expected);
  });

  it('joins neither two tenants nor two installations', () => {
    const elsewhere = createDigest(Buffer.alloc(32, 7));

    expect(digest('tnt_other', '+15005550006')).not.toEqual(digest('tnt_acme', '+15005550006'));
    expect(elsewhere('tnt_acme', '+15005550006')).not.toEqual(digest('tnt_acme', '+15005550006'));
  });
});
