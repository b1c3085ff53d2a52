import { describe, expect, it } from 'vitest';

import { replyTo } from '../contract/normalize.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { type Fixture, loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { valueOf, withBodyText, withValue } from '../testing/tampering.ts';
import { twilio } from './index.ts';
import { normalizeTwilio } from './normalize.ts';
import type { TwilioOptions } from './options.ts';
import { twilioScheme } from './verify.ts';

const url = 'https://hooks.example.com/hooks/src_fixture';
const completed = loadFixture('twilio', 'call.completed');
const streamed = loadFixture('twilio', 'event-stream');

/** The first signature of the request, made by another rule. */
function resigned(request: ReceivedRequest, secret: Secret, parts: readonly string[]): ReceivedRequest {
  return withValue(request, 'X-Twilio-Signature', () => hmac('sha1', secret.reveal(), parts).toString('base64'));
}

describeProvider(twilio, {
  variant: 'forms',
  options: {},
  request: completed.request,
  fixtures: true,
  refusesOddBodies: true,
  gap: (request) => withBodyText(request, (form) => form.replace('&From=', '&Fro=m')),
  downgrades: {
    'a signature over the URL alone': (request, secret) => resigned(request, secret, [request.publicUrl]),
    'a signature over the body as it came': (request, secret) =>
      resigned(request, secret, [request.publicUrl, Buffer.from(request.body).toString('utf8')]),
    'SHA-256 instead of SHA-1': (request, secret) =>
      withValue(request, 'X-Twilio-Signature', () =>
        hmac('sha256', secret.reveal(), [request.publicUrl]).toString('base64'),
      ),
    'the signature in hex': (request) =>
      withValue(request, 'X-Twilio-Signature', (value) => Buffer.from(value, 'base64').toString('hex')),
  },
});

describeProvider(twilio, {
  variant: 'JSON with bodySHA256',
  options: {},
  request: streamed.request,
  downgrades: {
    'no hash of the body in the URL': (request, secret) => {
      const publicUrl = request.publicUrl.replace(/\?.*/, '');
      return resigned({ ...request, publicUrl, target: '/hooks/src_fixture' }, secret, [publicUrl]);
    },
    'a hash in upper case': (request, secret) => {
      const publicUrl = request.publicUrl.replace(/bodySHA256=(.*)/, (text) => text.toUpperCase());
      return resigned({ ...request, publicUrl }, secret, [publicUrl]);
    },
  },
  batch: jsonArray(),
});

describeProvider(twilio, {
  variant: 'GET',
  options: {},
  request: { ...requestOf(loadFixture('twilio', 'call.canceled'), url), body: new Uint8Array() },
});

describe('X-Twilio-Signature', () => {
  it('equals the value that Twilio publishes', () => {
    // The example of Twilio's own samples (signature_validation).
    const text = 'CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212';
    const request = formRequest('https://mycompany.com/myapp.php?foo=1&bar=2', text);

    const outcome = twilioScheme.sign(request, new Secret('12345'), 0);

    expect(valueOf(outcome, 'X-Twilio-Signature')).toBe('GvWf1cFY/Q7PnoempGyD5oXAezc=');
  });

  it.for([
    [
      'the standard port that Twilio was given',
      'https://hooks.example.com:443/a?b=1',
      'https://hooks.example.com/a?b=1',
    ],
    ['the standard port that a proxy dropped', 'https://hooks.example.com/a', 'https://hooks.example.com:443/a'],
    ['another port that a proxy added', 'https://hooks.example.com/a', 'https://hooks.example.com:8443/a'],
    [
      'an apostrophe that was escaped on the way',
      "https://hooks.example.com/a?b=it's",
      'https://hooks.example.com/a?b=it%27s',
    ],
    ['a user and password', 'https://user:pass@hooks.example.com/a', 'https://user:pass@hooks.example.com:443/a'],
    ['an IPv6 address', 'https://[2001:db8::1]:443/a', 'https://[2001:db8::1]/a'],
  ] as const)('may be over a URL that differs in %s', ([, configured, received]) => {
    const secret = new Secret('a token');
    const request = twilioScheme.sign(formRequest(configured, 'CallSid=CA1'), secret, 0);

    const verdict = twilioScheme.verify({ ...request, publicUrl: received }, [secret], 0);

    expect(verdict.accepted).toBe(true);
  });

  it.for([
    ['another scheme', 'http://hooks.example.com/a?b=1&c=2'],
    ['another order of the query', 'https://hooks.example.com/a?c=2&b=1'],
    ['a trailing slash', 'https://hooks.example.com/a/?b=1&c=2'],
    ['a parameter more', 'https://hooks.example.com/a?b=1&c=2&d=3'],
    ['another host', 'https://hooks.example.org/a?b=1&c=2'],
  ] as const)('is refused over a URL with %s', ([, received]) => {
    const secret = new Secret('a token');
    const request = twilioScheme.sign(formRequest('https://hooks.example.com/a?b=1&c=2', 'CallSid=CA1'), secret, 0);

    const verdict = twilioScheme.verify({ ...request, publicUrl: received }, [secret], 0);

    expect(verdict).toMatchObject({ accepted: false, step: 'signature_mismatch' });
  });

  it('does not depend on how the parameters are ordered, escaped or repeated', () => {
    const secret = new Secret('a token');
    const request = twilioScheme.sign(formRequest(url, 'To=a+b&From=%2B1&To=a&To=a'), secret, 0);

    const verdict = twilioScheme.verify({ ...request, body: Buffer.from('From=%2b1&&To=a&To=a%20b') }, [secret], 0);

    expect(verdict.accepted).toBe(true);
  });

  it.for([
    ['an escape that is not UTF-8', 'Body=%FF'],
    ['half an escape', 'Body=%4'],
    ['more parameters than a form may have', 'a=1&'.repeat(1_001)],
  ] as const)('is refused over a form with %s, and nothing is thrown', ([, text]) => {
    const secret = new Secret('a token');
    const request = {
      ...formRequest(url, text),
      headers: [...formHeaders, ['X-Twilio-Signature', 'x'] as const],
    };

    expect(twilioScheme.verify(request, [secret], 0)).toMatchObject({ accepted: false, step: 'signature_mismatch' });
  });

  it('is refused over a body that its hash does not fit, and the step says so', () => {
    const subject = subjectOf(streamed);

    const outcome = outcomeOf(subject, { ...signed(subject), body: Buffer.from('[]') });

    expect(outcome).toBe('body_hash_mismatch');
  });
});

describe('the answer to Twilio', () => {
  const twiml = 'text/xml; charset=utf-8';

  it.for([
    ['call.ringing', 200, '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Please hold.</Say></Response>'],
    ['call.action', 200, '<?xml version="1.0" encoding="UTF-8"?><Response/>'],
    ['message.received', 200, '<Response><Message>Thank you, we will look.</Message></Response>'],
    ['call.completed', 204, ''],
    ['call.canceled', 204, ''],
    ['recording.completed', 204, ''],
    ['transcription.completed', 204, ''],
    ['message.delivered', 204, ''],
    ['voice_intelligence_transcript_available', 204, ''],
  ] as const)('to %s has the status %i', ([event, status, body]) => {
    const subject = subjectOf(loadFixture('twilio', event));
    const delivery = deliveryOf(subject, signed(subject));

    const reply = replyTo(twilio, delivery, normalizeTwilio(delivery));

    expect(reply).toEqual({ status, headers: status === 200 ? { 'content-type': twiml } : {}, body });
  });

  it.for(['<Say>Hello</Say>', 'hello', '<Response>', `<Response>${'x'.repeat(64_000)}</Response>`])(
    'cannot be configured as %#: that is no TwiML',
    (voiceAnswer) => {
      expect(twilio.options.safeParse({ voiceAnswer }).success).toBe(false);
    },
  );
});

describe('a Twilio event', () => {
  it('of one call is newer the further the call is, even when the callbacks arrive out of order', () => {
    const parts = ['call.initiated', 'call.ringing.outbound', 'call.in-progress', 'call.completed'].map(
      (name) => normalizeFixture(name).events[0],
    );

    expect(parts.map((draft) => draft?.providerSequence)).toEqual([0, 1, 2, 3]);
    expect(new Set(parts.map((draft) => draft?.entity.id)).size).toBe(1);
  });

  it('of the first request of a call has no time of its own and another id than the callback', () => {
    const { events } = normalizeFixture('call.ringing');

    expect(events[0]).toMatchObject({
      occurred: { estimated: true },
      identity: { basis: 'key', parts: ['CA5b0a1c2d3e4f5061728394a5b6c7d8e9', 'ringing'] },
    });
  });

  it('states no duration for a call that nobody answered', () => {
    const { events } = normalizeFixture('call.busy');

    expect(events[0]?.statedFields).toContain('durationSeconds');
    expect(events[0]?.payload).toMatchObject({ durationSeconds: null, outcome: 'busy' });
  });

  it('carries the address of a recording only where the source says that it asks for credentials', () => {
    const { events } = normalizeFixture('recording.completed', {});

    expect(events[0]?.statedFields).not.toContain('mediaUrl');
  });

  it('of a message without two telephone numbers stands alone', () => {
    const { events } = normalizeText('MessageSid=SM1&MessageStatus=sent&From=12345&To=%2B15005550006&AccountSid=AC1');

    expect(events[0]?.orderBy).toBeUndefined();
    expect(events[0]?.payload).toMatchObject({ fromAddress: '12345', channel: 'sms' });
  });

  it('leaves a parameter out that says two different things', () => {
    const { events } = normalizeText('CallSid=CA1&CallStatus=ringing&From=%2B1&From=%2B2&AccountSid=AC1');

    expect(events[0]?.statedFields).not.toContain('fromAddress');
  });

  it.for([
    ['a time that no calendar has', 'Timestamp=Mon%2C+31+Feb+2026+10%3A15%3A30+%2B0000'],
    ['a duration that is no number', 'CallDuration=1e3'],
  ] as const)('with %s is partial and leaves it unstated', ([, parameter]) => {
    const { verdict, events } = normalizeText(
      `CallSid=CA1&CallStatus=completed&CallbackSource=call-progress-events&SequenceNumber=3&AccountSid=AC1&${parameter}`,
    );

    expect(verdict).toBe('partial');
    expect(events[0]?.topic).toBe('telephony.call.v1');
  });

  it('of a call that nobody took is a completed one, whoever called', () => {
    const [missed] = normalizeFixture('call.no-answer.inbound').events;

    expect(missed).toMatchObject({
      type: 'telephony.call.completed',
      payload: { direction: 'inbound', outcome: 'no_answer', durationSeconds: null },
    });
  });

  it('of a conversation is no SMS, and each of its updates is an event of its own about the same message', () => {
    const events = ['onMessageAdded', 'onDeliveryUpdated', 'onMessageRemoved'].flatMap(
      (name) => normalizeFixture(name).events,
    );

    expect(events.map(({ topic, payload }) => [topic, payload])).toMatchObject([
      ['integration.event.v1', { originalType: 'onMessageAdded' }],
      ['integration.event.v1', { originalType: 'onDeliveryUpdated' }],
      ['integration.event.v1', { originalType: 'onMessageRemoved' }],
    ]);
    expect(new Set(events.map(({ entity }) => `${entity.kind}/${entity.id}`)).size).toBe(1);
    expect(new Set(events.map(({ identity }) => JSON.stringify(identity))).size).toBe(3);
  });

  it('of a WhatsApp status is one of the message, although it names an EventType, too', () => {
    const { events } = normalizeText(
      'EventType=READ&SmsStatus=read&MessageStatus=read&MessageSid=SM1&From=whatsapp%3A%2B15005550006&To=whatsapp%3A%2B15005550001&AccountSid=AC1',
    );

    expect(events[0]).toMatchObject({ type: 'telephony.message.read', payload: { channel: 'whatsapp' } });
  });

  it.for([
    ['machine_start', 'machine'],
    ['machine_end_silence', 'machine'],
    ['human', 'human'],
    ['fax', 'fax'],
  ] as const)('with AnsweredBy %s says %s, in the words of every provider', ([answeredBy, word]) => {
    const { events } = normalizeText(`CallSid=CA1&AnsweredBy=${answeredBy}&AccountSid=AC1`);

    expect(events[0]).toMatchObject({ type: 'telephony.call.updated', payload: { answeredBy: word } });
    expect(events[0]?.statedFields).toEqual(['answeredBy']);
  });

  it.for([
    ['a conference', 'conference-end', Date.UTC(2026, 2, 2, 10, 39, 8)],
    ['TaskRouter', 'task.created', 1_772_447_830_123],
    ['the debugger', 'debugger.error', Date.UTC(2026, 2, 2, 10, 38, 10, 123)],
    ['a live transcription', 'transcription-stopped', Date.UTC(2026, 2, 2, 10, 33, 30, 123)],
  ] as const)('of %s has its own name, time and id', ([, name, at]) => {
    const { verdict, events } = normalizeFixture(name);

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ occurred: { at }, payload: { originalType: name } });
    expect(events[0]?.identity.basis).not.toBe('rx');
  });

  it('of a verb is the same when Twilio sends it again, and another when the caller presses the same key again', () => {
    const pressed = subjectOf(loadFixture('twilio', 'call.action'));
    const headersAgain = pressed.request.headers.map(([name, value]) =>
      name.startsWith('I-Twilio') ? ([name, 'another'] as const) : ([name, value] as const),
    );
    const idOf = (request: ReceivedRequest): unknown =>
      normalizeTwilio(deliveryOf(pressed, signed({ ...pressed, request }))).events[0]?.identity;

    expect(idOf(pressed.request)).toEqual(idOf(pressed.request));
    expect(idOf({ ...pressed.request, headers: headersAgain })).not.toEqual(idOf(pressed.request));
  });

  it.for([
    ['a call that tells no time', 'CallSid=CA1&CallStatus=ringing&CallbackSource=call-progress-events', 'Timestamp'],
    ['what has neither id nor time', 'a=1', 'I-Twilio-Idempotency-Token'],
    [
      'a verb without the name of its request',
      'CallSid=CA1&CallStatus=in-progress&Digits=1',
      'I-Twilio-Idempotency-Token',
    ],
  ] as const)('of %s is partial and says what is missing', ([, text, missing]) => {
    const { verdict, reason } = normalizeText(`${text}&AccountSid=AC1`);

    expect(verdict).toBe('partial');
    expect(reason).toContain(missing);
  });

  it('of a call that joins a conference names the conference, as its recordings do', () => {
    const { events } = normalizeFixture('participant-join');

    expect(events[0]).toMatchObject({
      type: 'telephony.call.updated',
      entity: { kind: 'call', id: 'CA5b0a1c2d3e4f5061728394a5b6c7d8e9' },
      occurred: { at: Date.UTC(2026, 2, 2, 10, 34, 8) },
      payload: { conversationId: 'CF11b3c4d5e6f708192a3b4c5d6e7f8011', status: null },
    });
  });

  it('of a stream is in the account that its path names', () => {
    const { events } = normalizeFixture('event-stream');

    expect(new Set(events.map(({ account }) => account))).toEqual(new Set(['AC0f1e2d3c4b5a69788796a5b4c3d2e1f0']));
  });

  it.for([
    ['an unknown status of a call', 'CallSid=CA1&CallStatus=parked&AccountSid=AC1', 'call.parked'],
    [
      'a part of a conference',
      'ConferenceSid=CF1&StatusCallbackEvent=participant-mute&SequenceNumber=2',
      'participant-mute',
    ],
    ['nothing it knows', 'a=1', null],
  ] as const)('of %s is passed on', ([, text, originalType]) => {
    const { events } = normalizeText(text);

    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', payload: { originalType } });
  });

  it('with an id longer than an id can be is kept whole', () => {
    expect(normalizeText(`CallSid=${'C'.repeat(1_025)}&CallStatus=ringing`).verdict).toBe('unnormalised');
  });

  it('does not take what a person put into the query of a POST for the word of Twilio', () => {
    const subject = subjectOf(completed);
    const request = {
      ...subject.request,
      target: `${subject.request.target}?CallSid=CA9`,
      publicUrl: `${url}?CallSid=CA9`,
    };

    const { events } = normalizeTwilio(deliveryOf(subject, twilio.sign(request, subject.settings, subject.nowMs)));

    expect(events[0]?.entity.id).toBe('CA11a2b3c4d5e6f708192a3b4c5d6e7f80');
  });
});

const formHeaders = [['Content-Type', 'application/x-www-form-urlencoded']] as const;

function formRequest(publicUrl: string, text: string): ReceivedRequest {
  const { pathname, search } = new URL(publicUrl);
  return {
    method: 'POST',
    target: pathname + search,
    publicUrl: publicUrl,
    headers: formHeaders,
    body: Buffer.from(text),
  };
}

function subjectOf(fixture: Fixture, options: unknown = fixture.options): Subject<TwilioOptions> {
  const settings = settingsWith(twilio, { options, account: fixture.account });
  return { definition: twilio, settings, request: requestOf(fixture, url), nowMs: conformanceNowMs };
}

function normalizeFixture(name: string, options?: unknown): ReturnType<typeof normalizeTwilio> {
  const subject = subjectOf(loadFixture('twilio', name), options);
  return normalizeTwilio(deliveryOf(subject, signed(subject)));
}

function normalizeText(text: string): ReturnType<typeof normalizeTwilio> {
  const subject = { ...subjectOf(completed), request: formRequest(url, text) };
  return normalizeTwilio(deliveryOf(subject, signed(subject)));
}
