import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { personalDigest, recordKey } from './key.ts';
import { anyString } from './testing/builders.ts';

describe('a record key', () => {
  it('is its parts, percent-encoded and joined by ":"', () => {
    expect(recordKey(['tnt_a', 'stripe', 'acct_1.live', 'payment_intent', 'pi_1'])).toBe(
      'tnt_a:stripe:acct_1.live:payment_intent:pi_1',
    );
    expect(recordKey(['a:b', 'é /%', "!'()*-._~"])).toBe("a%3Ab:%C3%A9%20%2F%25:!'()*-._~");
  });

  it('differs where the parts differ', () => {
    const parts = fc.array(
      fc.oneof(anyString(), fc.constantFrom('', ':', '%', '%3A', 'a:b', 'a')).map((part) => part.toWellFormed()),
      { minLength: 1, maxLength: 4 },
    );

    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(recordKey(a) === recordKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('is what encodeURIComponent makes of each part', () => {
    const parts = fc.oneof(anyString(), fc.string({ unit: 'binary-ascii' }), fc.stringMatching(/^[\w.!~*'()-]+$/));

    fc.assert(
      fc.property(parts, (part) => {
        expect(recordKey([part])).toBe(encodeURIComponent(part.toWellFormed()));
      }),
    );
  });

  it('writes a lone surrogate as U+FFFD instead of failing', () => {
    expect(recordKey(['\ud800'])).toBe('%EF%BF%BD');
  });
});

describe('the digest of personal values', () => {
  const installationKey = Buffer.from('an installation key of 32 bytes!', 'latin1');
  const digest = (tenantId: string, values: readonly string[]): string =>
    personalDigest({ installationKey, tenantId, values });

  it('is HMAC-SHA256 over the netstrings k1, tenant, and the sorted values', () => {
    const message = '2:k1,8:tnt_acme,12:+15005550006,13:+491701234567,';

    expect(digest('tnt_acme', ['+491701234567', '+15005550006'])).toBe(
      createHmac('sha256', installationKey).update(message).digest('hex'),
    );
  });

  it('is equal for both directions of a conversation', () => {
    expect(digest('tnt_acme', ['+1', '+2'])).toBe(digest('tnt_acme', ['+2', '+1']));
  });

  it('differs between tenants and between installations', () => {
    const elsewhere = personalDigest({ installationKey: Buffer.alloc(32, 7), tenantId: 'tnt_acme', values: ['+1'] });

    expect(digest('tnt_acme', ['+1'])).not.toBe(digest('tnt_other', ['+1']));
    expect(digest('tnt_acme', ['+1'])).not.toBe(elsewhere);
  });

  it('keeps values apart that would join to the same text', () => {
    expect(digest('tnt_acme', ['+12', '3'])).not.toBe(digest('tnt_acme', ['+1', '23']));
  });
});
