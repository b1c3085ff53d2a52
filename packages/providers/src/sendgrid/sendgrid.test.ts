import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { sendgrid } from './index.ts';
import { normalizeSendgrid } from './normalize.ts';
import type { SendgridOptions } from './options.ts';
import { sendgridScheme } from './verify.ts';

const signatureHeader = 'X-Twilio-Email-Event-Webhook-Signature';
const batch = loadFixture('sendgrid', 'processed');

describeProvider(sendgrid, {
  options: {},
  account: 'transactional',
  request: batch.request,
  signAt: (request, settings, timestamp) =>
    sendgridScheme(settings.options).signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  batch: jsonArray('\r\n'),
  downgrades: {
    'the signature in hex': (request) =>
      withValue(request, signatureHeader, (value) => Buffer.from(value, 'base64').toString('hex')),
    'surplus padding': (request) => withValue(request, signatureHeader, (value) => `${value}=`),
    'a line break inside the signature': (request) =>
      withValue(request, signatureHeader, (value) => `${value.slice(0, 40)} ${value.slice(40)}`),
    'digits moved from the time to the body': (request) => {
      const time = valueOf(request, 'X-Twilio-Email-Event-Webhook-Timestamp');
      const moved = withValue(request, 'X-Twilio-Email-Event-Webhook-Timestamp', () => time.slice(0, -1));
      return { ...moved, body: Buffer.concat([Buffer.from(time.slice(-1)), request.body]) };
    },
  },
});

describe('a SendGrid signature', () => {
  it('is verified with the public key as the settings page shows it, or with its PEM', () => {
    const subject = subjectWith();
    const [secret] = subject.settings.secrets;
    const request = signed(subject);
    const publicKey = publicKeyOf(secret?.reveal() ?? '');
    const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey}\n-----END PUBLIC KEY-----\n`;

    for (const key of [publicKey, pem]) {
      const settings = { ...subject.settings, secrets: [new Secret(key)] };
      expect(outcomeOf({ ...subject, settings }, request)).toBe('accepted');
    }
  });

  it.for([
    ['a text that is no key', 'not a key'],
    ['a key for another curve', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['a key for another algorithm', generateKeyPairSync('ed25519').publicKey],
  ] as const)('is of an unknown key when the secret is %s', ([, key]) => {
    const subject = subjectWith();
    const text = typeof key === 'string' ? key : key.export({ type: 'spki', format: 'der' }).toString('base64');

    const outcome = outcomeOf(
      { ...subject, settings: { ...subject.settings, secrets: [new Secret(text)] } },
      signed(subject),
    );

    expect(outcome).toBe('unknown_key');
  });

  it('covers every line break of the body', () => {
    const subject = subjectWith();
    const request = signed(subject);
    const text = Buffer.from(request.body).toString('utf8');

    const outcomes = [text.trim(), text.replaceAll('\r\n', '\n')].map((body) =>
      outcomeOf(subject, { ...request, body: Buffer.from(body) }),
    );

    expect(text).toMatch(/\r\n$/);
    expect(outcomes).toEqual(['signature_mismatch', 'signature_mismatch']);
  });
});

describe('a SendGrid batch', () => {
  const item = {
    email: 'a@example.com',
    timestamp: 1_772_446_500,
    event: 'open',
    sg_event_id: 'e1',
    sg_message_id: 'm1',
  };

  it('keeps its readable items when another cannot be read', () => {
    const { verdict, reason, events } = normalize(`[${JSON.stringify(item)},7,{"event":"open","event":"click"}]`);

    expect(verdict).toBe('partial');
    expect(reason).toBe('an item is not an object; an item names a member twice');
    expect(events.map(({ topic, identity }) => [topic, identity.basis])).toEqual([
      ['communications.email.v1', 'id'],
      ['integration.event.v1', 'hash'],
      ['integration.event.v1', 'hash'],
    ]);
  });

  it('that is empty is ignored', () => {
    expect(normalize('[]')).toMatchObject({ verdict: 'ignored', events: [] });
  });

  it('that is no array is kept whole', () => {
    expect(normalize(JSON.stringify(item))).toMatchObject({ verdict: 'unnormalised' });
  });

  it('knows an item without an id by what it says, each of two equal ones for itself', () => {
    const { verdict, events } = normalize(
      JSON.stringify([
        { ...item, sg_event_id: undefined },
        { ...item, sg_event_id: undefined },
      ]),
    );

    expect(verdict).toBe('normalised');
    expect(events).toMatchObject([
      { identity: { basis: 'hash', occurrence: 0 }, entity: { kind: 'email', id: 'm1' } },
      { identity: { basis: 'hash', occurrence: 1 }, entity: { kind: 'email', id: 'm1' } },
    ]);
  });

  it('has a new event for each reception of an item without an id and a time, and says so', () => {
    const { verdict, events } = normalize(JSON.stringify([{ ...item, sg_event_id: undefined, timestamp: 'soon' }]));

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ identity: { basis: 'rx', index: 0 } });
  });

  it('has a bounce without sg_message_id that stands for itself', () => {
    const { verdict, events } = normalize(JSON.stringify([{ ...item, event: 'bounce', sg_message_id: undefined }]));

    expect(verdict).toBe('normalised');
    expect(events[0]?.entity).toEqual({ kind: 'event', id: 'e1' });
  });

  it('states an engagement and no status when a recipient did something', () => {
    const [opened] = normalize(JSON.stringify([item])).events;

    expect(opened?.payload).toMatchObject({ engagement: 'opened', status: null });
    expect(opened?.statedFields).toContain('engagement');
    expect(opened?.statedFields).not.toContain('status');
  });

  it.for([
    ['a number', 3, 3],
    ['a text', '3', 3],
    ['a text that is none', 'x', null],
  ] as const)('has an attempt that is written as %s', ([, attempt, expected]) => {
    const { events } = normalize(JSON.stringify([{ ...item, event: 'deferred', attempt }]));

    expect(events[0]?.payload).toMatchObject({ attempt: expected });
    expect(events[0]?.statedFields.includes('attempt' as never)).toBe(expected !== null);
  });

  it('gathers what the sender attached, whatever its names', () => {
    const { events } = normalize(JSON.stringify([{ ...item, order: 'A-1', __note: [1] }]));

    expect(events[0]?.payload).toMatchObject({ attributesJson: '{"__note":[1],"order":"A-1"}' });
  });
});

function subjectWith(): Subject<SendgridOptions> {
  const settings = settingsWith(sendgrid, { options: {}, account: 'transactional' });
  const request: ReceivedRequest = requestOf(batch, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: sendgrid, settings, request, nowMs: conformanceNowMs };
}

function publicKeyOf(privateKey: string): string {
  const der = Buffer.from(privateKey, 'base64');
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

function normalize(body: string): ReturnType<typeof normalizeSendgrid> {
  const subject = subjectWith();
  const request = sendgrid.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizeSendgrid(deliveryOf(subject, request));
}
