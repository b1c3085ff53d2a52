import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { fingerprintOf, newSigningSecret, readSigningKey, signingKinds, verifyingKeyOf } from './signing-key.ts';

describe('a signing secret', () => {
  it.each(signingKinds)('of the kind %s is made, read, and is another each time', (kind) => {
    const secrets = [newSigningSecret(kind), newSigningSecret(kind)];

    expect(secrets.map((secret) => readSigningKey(secret).kind)).toEqual([kind, kind]);
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  it('gives the receiver the secret of an HMAC, and of Ed25519 the public key only', () => {
    const shared = newSigningSecret('hmac');

    expect(verifyingKeyOf(shared)).toBe(shared);
    // From https://github.com/svix/svix-webhooks/blob/main/server/README.md, "Signature scheme".
    expect(
      verifyingKeyOf('whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='),
    ).toBe('whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=');
  });

  it('has a fingerprint that tells it from others', () => {
    const secrets = [newSigningSecret('hmac'), newSigningSecret('ed25519')];

    expect(new Set(secrets.map(fingerprintOf)).size).toBe(2);
    expect(fingerprintOf(secrets[0] ?? '')).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each([
    ['nothing', ''],
    ['no prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['a public key', 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='],
    ['what is no base64', 'whsec_%%%%'],
    ['a short secret', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['a long secret', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['half of a key pair', `whsk_${Buffer.alloc(32, 1).toString('base64')}`],
    ['a pair of two keys', `whsk_${Buffer.alloc(64, 1).toString('base64')}`],
  ])('is not %s', (_, text) => {
    expect(() => readSigningKey(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('is neither in an error about it nor in a key that is printed', () => {
    const secret = newSigningSecret('hmac');
    const broken = `whsk_${secret}`;

    expect(inspect(readSigningKey(secret), { depth: 9 })).not.toContain(secret.slice(6, 20));
    expect(() => readSigningKey(broken)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    );
  });
});
