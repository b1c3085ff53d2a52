import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { standardWebhooks } from './index.ts';
import { normalizeStandardWebhooks } from './normalize.ts';
import type { StandardWebhooksOptions } from './options.ts';
import { standardScheme } from './verify.ts';

const paid = loadFixture('standard_webhooks', 'invoice.paid');
const plain = loadFixture('standard_webhooks', 'plain');

const signAt = (request: ReceivedRequest, settings: SourceSettings, timestamp: string): ReceivedRequest =>
  standardScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp);

const withSignature = (request: ReceivedRequest, change: (value: string) => string): ReceivedRequest =>
  withValue(request, 'webhook-signature', change);

describeProvider(standardWebhooks, {
  variant: 'v1',
  options: { entity: '/data/id' },
  request: paid.request,
  signAt,
  fixtures: true,
  downgrades: {
    'v1a in the name of v1': (request) => withSignature(request, (value) => value.replace('v1,', 'v1a,')),
    'an unknown version': (request) => withSignature(request, (value) => value.replace('v1,', 'v2,')),
    'no version': (request) => withSignature(request, (value) => value.replace('v1,', '')),
    'the signature in hex': (request) =>
      withSignature(request, (value) => `v1,${Buffer.from(value.slice(3), 'base64').toString('hex')}`),
    'a key with its whsec_, not decoded': (request, secret) =>
      withSignature(request, () => `v1,${handmade(request, secret.reveal()).toString('base64')}`),
    'a signature over the body alone': (request, secret) =>
      withSignature(
        request,
        () =>
          `v1,${hmac('sha256', Buffer.from(secret.reveal().slice(6), 'base64'), [request.body]).toString('base64')}`,
      ),
    'the headers of Svix': (request) => ({
      ...request,
      headers: request.headers.map(([name, value]) => [name.replace('webhook-', 'svix-'), value] as const),
    }),
  },
});

const asymmetric = {
  ...standardWebhooks,
  secrets: {
    ...standardWebhooks.secrets,
    generate: () => serialized('whsk_', generateKeyPairSync('ed25519').privateKey),
  },
};

describeProvider(asymmetric, {
  variant: 'v1a',
  options: {},
  request: plain.request,
  signAt,
  downgrades: {
    'an HMAC with the public key for a key': (request, secret) => {
      const publicKey = Buffer.from(secret.reveal().slice(5), 'base64').subarray(32);
      return withSignature(request, () => `v1,${handmade(request, publicKey).toString('base64')}`);
    },
    'another spelling of the base64': (request) => withSignature(request, (value) => value.replace(/==$/, '')),
  },
});

describe('webhook-signature', () => {
  it('equals the value of the specification', () => {
    // The example that the reference libraries test with.
    const request = standardScheme.signAt(
      {
        method: 'POST',
        target: '/',
        publicUrl: 'https://h.example/',
        headers: [['webhook-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek']],
        body: Buffer.from('{"test": 2432232314}'),
      },
      new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      '1614265330',
    );

    expect(valueOf(request, 'webhook-signature')).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('may be any of a list, with versions that are not known between', () => {
    const subject = subjectWith();

    const listed = withSignature(signed(subject), (value) => `v0,x v1,other v1a,x ${value} v2,y`);

    expect(outcomeOf(subject, listed)).toBe('accepted');
  });

  it('is refused in a list longer than a rotation can need', () => {
    const subject = subjectWith();

    const listed = withSignature(signed(subject), (value) => `${'v1,a '.repeat(16)}${value}`);

    expect(outcomeOf(subject, listed)).toBe('malformed_header');
  });

  it('with v1a is proven by the public key alone, in a source that has shared secrets, too', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const subject = subjectWith([new Secret(serialized('whsk_', privateKey))]);
    const request = signed(subject);

    const rotated = subjectWith([
      new Secret(standardWebhooks.secrets.generate()),
      new Secret(serialized('whpk_', publicKey)),
    ]);

    expect(outcomeOf(rotated, request)).toBe('accepted');
  });

  it.for([
    ['base64 that is none', 'whsec_not base64'],
    ['nothing after its prefix', 'whsec_'],
    ['a public key that is too short', 'whpk_AAAA'],
    ['a private key that is too long', `whsk_${Buffer.alloc(65).toString('base64')}`],
  ] as const)('is refused, and nothing thrown, where the only secret is %s', ([, text]) => {
    const request = signed(subjectWith());

    expect(outcomeOf(subjectWith([new Secret(text)]), request)).toBe('no_usable_secret');
    expect(() => standardScheme.sign(request, new Secret(text), conformanceNowMs)).not.toThrow();
  });

  it('takes a secret without the padding of its base64, as the official library does', () => {
    const key = Buffer.alloc(25, 7).toString('base64');
    const padded = subjectWith([new Secret(`whsec_${key}`)]);
    const bare = subjectWith([new Secret(`whsec_${key.replace(/=+$/, '')}`)]);

    expect(key).toMatch(/==$/);
    expect(outcomeOf(bare, signed(padded))).toBe('accepted');
    expect(standardWebhooks.secrets.flawOf('whsec_BwcHB', {})).toBeDefined();
  });

  it('takes a secret behind the version of its signatures, as Supabase shows it', () => {
    const secret = standardWebhooks.secrets.generate();
    const request = signed(subjectWith([new Secret(secret)]));

    expect(outcomeOf(subjectWith([new Secret(`v1,${secret}`)]), request)).toBe('accepted');
    expect(outcomeOf(subjectWith([new Secret(`v2,${secret}`)]), request)).toBe('no_usable_secret');
  });

  it('takes a secret without its prefix, as the official library does', () => {
    const secret = standardWebhooks.secrets.generate();
    const request = signed(subjectWith([new Secret(secret)]));

    expect(outcomeOf(subjectWith([new Secret(secret.slice(6))]), request)).toBe('accepted');
  });
});

describe('a standard webhook', () => {
  it('has the signed message id, not anything of its payload, for an id', () => {
    const { events } = normalize('{"id":"evt_1","type":"a.b","timestamp":"2026-03-02T10:15:30Z"}');

    expect(events[0]).toMatchObject({
      identity: { basis: 'id', id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4X' },
      occurred: { at: 1772446530000, estimated: false },
      payload: { originalType: 'a.b' },
    });
  });

  it('stays in order with the entity that the source points at, and is partial without it', () => {
    const found = normalize('{"data":{"id":7}}', { entity: '/data/id' });
    const missing = normalize('{"data":{}}', { entity: '/data/id' });

    expect(found.events[0]).toMatchObject({
      entity: { kind: 'entity', id: '7' },
      orderBy: { by: 'source', value: '7' },
    });
    expect(missing).toMatchObject({ verdict: 'partial', reason: 'not found or not usable: entity' });
  });

  it('keeps its id where the body cannot be read', () => {
    const { verdict, events } = normalize('{"a":1,"a":2}');

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'id', id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4X' });
  });

  it('with a message id longer than an id can be is kept whole, as what it says', () => {
    const { verdict, events } = normalize('{}', {}, 'm'.repeat(1_025));

    expect(verdict).toBe('unnormalised');
    expect(events[0]?.identity).toMatchObject({ basis: 'hash' });
  });
});

/** The signed text of a request, under any key. */
function handmade(request: ReceivedRequest, key: string | Uint8Array): Buffer {
  const [id, timestamp] = ['webhook-id', 'webhook-timestamp'].map((name) => valueOf(request, name));
  return hmac('sha256', key, [`${id}.${timestamp}.`, request.body]);
}

/** A key as the specification writes it; a private one with its public half, as its libraries do. */
function serialized(prefix: 'whsk_' | 'whpk_', key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  return prefix + Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64');
}

function subjectWith(secrets?: readonly Secret[], options: unknown = {}): Subject<StandardWebhooksOptions> {
  const settings = settingsWith(standardWebhooks, { options, secrets: secrets ?? [sharedSecret] });
  const request = requestOf(plain, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: standardWebhooks, settings, request, nowMs: conformanceNowMs };
}

const sharedSecret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');

function normalize(body: string, options: unknown = {}, id?: string): ReturnType<typeof normalizeStandardWebhooks> {
  const subject = subjectWith(undefined, options);
  const request = { ...subject.request, body: Buffer.from(body) };
  const named = id === undefined ? request : withValue(request, 'webhook-id', () => id);
  return normalizeStandardWebhooks(deliveryOf(subject, signed({ ...subject, request: named })));
}

describe('a forged request', () => {
  const body = Buffer.alloc(2 * 1024 * 1024, '{');
  const secrets = ['whsec_', 'whsec_'].map((prefix) => new Secret(`${prefix}${randomBytes(32).toString('base64')}`));
  const keys = [1, 2, 3].map(() => new Secret(serialized('whsk_', generateKeyPairSync('ed25519').privateKey)));

  /** The least of some measurements: what else runs on the machine only adds to one. */
  const costOf = (signatures: number): number => {
    const headers = [
      ['webhook-id', 'msg_1'],
      ['webhook-timestamp', String(conformanceNowMs / 1000)],
      ['webhook-signature', Array.from({ length: signatures }, (_, at) => `v1,${'A'.repeat(42)}${at % 10}=`).join(' ')],
    ] as const;
    const request = { method: 'POST', target: '/', publicUrl: 'https://h.example/', headers, body };
    const runs = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      expect(standardScheme.verify(request, secrets, conformanceNowMs).accepted).toBe(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    return Math.min(...runs);
  };

  it('costs a digest of its body for each secret, however many signatures it lists', () => {
    expect(costOf(16)).toBeLessThan(4 * costOf(1));
  });

  it('is refused unread when it lists more v1a signatures than a roll of keys has', () => {
    const subject: Subject<StandardWebhooksOptions> = {
      definition: standardWebhooks,
      settings: settingsWith(standardWebhooks, { options: {}, secrets: keys }),
      request: { method: 'POST', target: '/', publicUrl: 'https://h.example/', headers: [], body: Buffer.from('{}') },
      nowMs: conformanceNowMs,
    };
    const request = signed(subject);
    const listed = (count: number): ReceivedRequest =>
      withSignature(request, (value) =>
        [...Array.from({ length: count - 1 }, () => `v1a,${'A'.repeat(86)}==`), value].join(' '),
      );

    expect(outcomeOf(subject, listed(1))).toBe('accepted');
    expect(outcomeOf(subject, listed(2))).toBe('malformed_header');
  });
});
