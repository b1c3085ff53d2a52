import { createPublicKey, verify as verifyBytes } from 'node:crypto';

import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';

import { liveSecrets, planRotation } from './rotation.ts';
import { type SignatureHeaders, signMessage } from './sign.ts';
import { newSigningSecret, readSigningKey, verifyingKeyOf } from './signing-key.ts';

/** The libraries compare with the clock of the machine. */
const nowMs = Date.now();
const body = Buffer.from('{"type":"payments.payment.succeeded","data":{"amount":1099}}');
const message = { id: 'evt_47fca7c8db0b51af89a63cf6e0ed9357', atMs: nowMs, body };

const libraries = [
  {
    name: 'standardwebhooks',
    verify: (secret: string, headers: SignatureHeaders, bytes: Buffer): unknown =>
      new Webhook(secret).verify(bytes, { ...headers }),
  },
  {
    name: 'svix',
    verify: (secret: string, headers: SignatureHeaders, bytes: Buffer): unknown =>
      new SvixWebhook(secret).verify(bytes, { ...headers }),
  },
];

describe.each(libraries)('the library $name', ({ verify }) => {
  it('verifies what is signed with a shared secret, whatever the body is', () => {
    const secret = newSigningSecret('hmac');
    const key = readSigningKey(secret);

    fc.assert(
      fc.property(fc.json(), (text) => {
        const json = Buffer.from(text);
        expect(() => verify(secret, signMessage({ ...message, body: json }, [key]), json)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('refuses another body, another id, an old time and another secret', () => {
    const secret = newSigningSecret('hmac');
    const key = readSigningKey(secret);
    const headers = signMessage(message, [key]);

    expect(() => verify(secret, headers, Buffer.from('{}'))).toThrow(/signature/i);
    expect(() => verify(secret, { ...headers, 'webhook-id': 'evt_other' }, body)).toThrow(/signature/i);
    expect(() => verify(secret, signMessage({ ...message, atMs: nowMs - 400_000 }, [key]), body)).toThrow(/too old/i);
    expect(() => verify(newSigningSecret('hmac'), headers, body)).toThrow(/signature/i);
  });

  it('verifies with the old and with the new secret during a rotation, and with the new one alone after it', () => {
    const [old, next] = [newSigningSecret('hmac'), newSigningSecret('hmac')];
    const before = [{ secret: old, generation: 1, signsUntilMs: null }];
    const { generation, signsUntilMs } = planRotation(before, { nowMs, overlapMs: 60_000 });
    const stored = [
      { secret: old, generation: 1, signsUntilMs },
      { secret: next, generation, signsUntilMs: null },
    ];
    const signedAt = (atMs: number): SignatureHeaders =>
      signMessage(
        message,
        liveSecrets(stored, atMs).map(({ secret }) => readSigningKey(secret)),
      );

    const [during, after] = [signedAt(nowMs + 59_999), signedAt(nowMs + 60_000)];

    for (const secret of [old, next]) expect(() => verify(secret, during, body)).not.toThrow();
    expect(() => verify(next, after, body)).not.toThrow();
    expect(() => verify(old, after, body)).toThrow(/signature/i);
  });

  it('finds its signature beside one of Ed25519', () => {
    const secret = newSigningSecret('hmac');
    const keys = [newSigningSecret('ed25519'), secret].map(readSigningKey);

    expect(() => verify(secret, signMessage(message, keys), body)).not.toThrow();
  });
});

describe('a signature of Ed25519', () => {
  it('is the one that other implementations make', () => {
    // https://github.com/svix/svix-webhooks/blob/main/server/svix-server/src/worker.rs, test_asymmetric_key_signing.
    const key = readSigningKey(
      'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    );

    const headers = signMessage(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', atMs: 1_614_265_330_000, body: Buffer.from('{"test": 2432232314}') },
      [key],
    );

    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature':
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    });
  });

  it('is verified with the public key', () => {
    const secret = newSigningSecret('ed25519');
    const raw = Buffer.from(verifyingKeyOf(secret).slice('whpk_'.length), 'base64');
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    });

    const headers = signMessage(message, [readSigningKey(secret)]);

    const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
    const signature = Buffer.from(headers['webhook-signature'].slice('v1a,'.length), 'base64');
    expect(verifyBytes(null, signed, publicKey, signature)).toBe(true);
  });
});

describe('a message', () => {
  it('is not signed with nothing, nor under an id that ends early in what is signed', () => {
    const key = readSigningKey(newSigningSecret('hmac'));

    expect(() => signMessage(message, [])).toThrow(RangeError);
    expect(() => signMessage({ ...message, id: 'evt.1' }, [key])).toThrow(RangeError);
  });
});
