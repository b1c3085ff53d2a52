import { createHmac, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import { type Fixture, loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { telnyx } from './index.ts';
import { normalizeTelnyx } from './normalize.ts';
import type { TelnyxOptions } from './options.ts';
import { telnyxScheme } from './verify.ts';

const hangup = loadFixture('telnyx', 'call.hangup');

describeProvider(telnyx, {
  options: {},
  account: 'acme',
  request: hangup.request,
  signAt: (request, settings, timestamp) =>
    telnyxScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'an HMAC with the key': (request, secret) =>
      withValue(request, 'telnyx-signature-ed25519', () =>
        createHmac('sha512', secret.reveal()).update(request.body).digest('base64'),
      ),
    'another spelling of the base64': (request) =>
      withValue(request, 'telnyx-signature-ed25519', (value) => value.replace(/==$/, '')),
    'the signature in hex': (request) =>
      withValue(request, 'telnyx-signature-ed25519', (value) => Buffer.from(value, 'base64').toString('hex')),
  },
});

describe('telnyx-signature-ed25519', () => {
  it('is proven by the bare public key that the portal shows', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const own = subjectOf(hangup, new Secret(privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')));

    const portal = subjectOf(hangup, new Secret(Buffer.from(x, 'base64url').toString('base64')));

    expect(outcomeOf(portal, signed(own))).toBe('accepted');
  });
});

describe('a Telnyx event', () => {
  it.for([
    ['normal_clearing', 'completed'],
    ['time_limit', 'completed'],
    ['user_busy', 'busy'],
    ['no_answer', 'no_answer'],
    ['timeout', 'no_answer'],
    ['originator_cancel', 'canceled'],
    ['call_rejected', 'failed'],
    ['not_found', 'failed'],
    ['unspecified', null],
  ] as const)('of a hangup with %s has the outcome %s', ([hangup_cause, outcome]) => {
    const { events } = normalizeWith('call.hangup', { hangup_cause });

    expect(events[0]?.payload).toMatchObject({ outcome, hangupCause: hangup_cause });
    expect(events[0]?.statedFields.some((field) => field === 'outcome')).toBe(outcome !== null);
  });

  it('never carries the address of a recording: it lets anybody in', () => {
    const { events } = normalizeWith('call.recording.saved', {});

    expect(JSON.stringify(events)).not.toContain('recordings.example.com');
  });

  it.for([
    ['human', 'human'],
    ['human_residence', 'human'],
    ['machine', 'machine'],
    ['fax_detected', 'fax'],
    ['not_sure', 'unknown'],
  ] as const)('that detected %s says %s, in the words of every provider', ([result, answeredBy]) => {
    const { events } = normalizeWith('call.machine.detection.ended', { result });

    expect(events[0]).toMatchObject({ type: 'telephony.call.updated', payload: { answeredBy, status: null } });
  });

  it.for([
    ['call.dtmf.received', 'call'],
    ['conference.participant.joined', 'conference'],
    ['message.finalized.group', 'message'],
    ['message.finalized.unconfirmed', 'message'],
  ] as const)('of %s without a canonical form is about its %s all the same', ([name, kind]) => {
    const { events } = normalizeWith(name, {});

    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', entity: { kind } });
  });

  it.for([
    ['', { body: 'Hello', toAddress: 'my_agent', channel: 'rcs' }, 'normalised'],
    ['.file', { body: null, mediaCount: 1, mediaTypes: ['image/png'] }, 'normalised'],
    ['.button', { body: 'Yes', replyPayload: 'yes-4711' }, 'normalised'],
    ['.location', { body: null }, 'partial'],
  ] as const)('of an RCS message%s reads its content, or is partial', ([kind, payload, verdict]) => {
    const normalization = normalizeWith(`message.received.rcs${kind}`, {});

    expect(normalization.verdict).toBe(verdict);
    expect(normalization.events[0]?.payload).toMatchObject(payload);
  });

  it('of a message without words or files where they should be is partial', () => {
    expect(normalizeWith('message.received', { text: undefined, media: [] }).verdict).toBe('partial');
    expect(normalizeWith('message.received', { text: '', media: [] }).verdict).toBe('normalised');
  });

  it('of a recording says how long it is, which Telnyx leaves to its two times', () => {
    const { events } = normalizeWith('call.recording.saved', {
      recording_started_at: '2026-03-02T10:15:00.000Z',
      recording_ended_at: '2026-03-02T10:16:12.400Z',
    });

    expect(events[0]?.payload).toMatchObject({ durationSeconds: 72 });
  });

  it('without a time that reads is partial', () => {
    const body = JSON.parse(Buffer.from(hangup.request.body).toString('utf8'));

    expect(normalizeText(JSON.stringify({ data: { ...body.data, occurred_at: 'yesterday' } })).verdict).toBe('partial');
  });

  it('of a recording that is not named is about one of its own', () => {
    const { events } = normalizeWith('call.recording.saved', { recording_id: undefined, call_control_id: undefined });

    expect(events[0]?.entity.id).toBe(events[0]?.providerEventId);
    expect(events[0]?.orderBy).toBeUndefined();
  });

  it.for([
    ['all of a group were reached', ['delivered', 'delivered'], 'telephony.message.delivered'],
    ['none was', ['sending_failed', 'delivery_failed'], 'telephony.message.failed'],
    ['only some were', ['delivered', 'delivery_failed'], 'integration.event.received'],
    ['nobody is named', [], 'integration.event.received'],
  ] as const)('of a finalized message where %s is as %s says', ([, statuses, type]) => {
    const to = statuses.map((status, index) => ({ phone_number: `+1500555000${index}`, status }));

    const { verdict, events } = normalizeWith('message.finalized', { to });

    expect(verdict).toBe('normalised');
    expect(events[0]?.type).toBe(type);
    expect(events[0]?.orderBy).toBeUndefined();
  });

  it('of a message to one number stays in order with the pair', () => {
    const { events } = normalizeWith('message.sent', {});

    expect(events[0]?.orderBy).toEqual({ by: 'personal', kind: 'pair', values: ['+15005550001', '+15005550006'] });
  });

  it('named after a call that it does not name is passed on, and the verdict says so', () => {
    const { verdict, events } = normalizeWith('call.answered', { call_control_id: '' });

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', identity: { basis: 'id' } });
  });

  it.for([
    ['a recording', 'RecordingSid=r1&RecordingStatus=completed&RecordingDuration=5', 'texml.completed'],
    [
      'the text of one',
      'RecordingSid=r1&TranscriptionSid=t1&TranscriptionStatus=failed&CallStatus=in-progress',
      'texml.failed',
    ],
  ] as const)('of TeXML about %s, which has no time, is known by what it says', ([, form, originalType]) => {
    const { verdict, events } = normalizeForm(`CallSid=v3%3Aa&${form}`);

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ identity: { basis: 'hash' }, payload: { originalType } });
  });

  it.for(['{}', '{"data":{"id":""}}', '[]', '{"data":null}'])('without an id is kept whole: %s', (text) => {
    expect(normalizeText(text).verdict).toBe('unnormalised');
  });
});

function subjectOf(fixture: Fixture, secret?: Secret): Subject<TelnyxOptions> {
  const settings = settingsWith(telnyx, {
    options: {},
    account: 'acme',
    ...(secret === undefined ? {} : { secrets: [secret] }),
  });
  const request = requestOf(fixture, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: telnyx, settings, request, nowMs: conformanceNowMs };
}

function normalizeWith(event: string, change: Readonly<Record<string, unknown>>): ReturnType<typeof normalizeTelnyx> {
  const body = JSON.parse(Buffer.from(loadFixture('telnyx', event).request.body).toString('utf8'));
  return normalizeText(JSON.stringify({ data: { ...body.data, payload: { ...body.data.payload, ...change } } }));
}

function normalizeForm(text: string): ReturnType<typeof normalizeTelnyx> {
  const subject = subjectOf(hangup);
  const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
  const request = { ...subject.request, headers, body: Buffer.from(text) };
  return normalizeTelnyx(deliveryOf(subject, signed({ ...subject, request })));
}

function normalizeText(text: string): ReturnType<typeof normalizeTelnyx> {
  const subject = subjectOf(hangup);
  const request = { ...subject.request, body: Buffer.from(text) };
  return normalizeTelnyx(deliveryOf(subject, signed({ ...subject, request })));
}
