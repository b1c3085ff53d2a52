import { describe, expect, it } from 'vitest';

import { verifyDelivery } from '../contract/delivery.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { withChangedByte, withValue } from '../testing/tampering.ts';
import { segment } from './index.ts';
import { normalizeSegment } from './normalize.ts';
import type { SegmentOptions } from './options.ts';
import { firstItem } from './verify.ts';

const tracked = loadFixture('segment', 'track');
const texts = ['track', 'identify', 'alias'].map((name) =>
  Buffer.from(loadFixture('segment', name).request.body).toString('utf8'),
);

describeProvider(segment, {
  variant: 'X-Signature',
  options: {},
  request: tracked.request,
  fixtures: true,
  downgrades: {
    'the signature in upper case': (request) => withValue(request, 'X-Signature', (value) => value.toUpperCase()),
    'MD5-sized': (request) => withValue(request, 'X-Signature', (value) => value.slice(0, 32)),
  },
});

describeProvider(segment, {
  variant: 'X-Segment-Signature over a batch',
  options: { header: 'X-Segment-Signature' },
  request: { ...tracked.request, body: Buffer.from(`[${texts.join(',')}]`) },
  batch: jsonArray(),
});

describe('X-Signature of a batch', () => {
  it('proves the first event only: the others are dropped, and the verdict says so', () => {
    const subject = subjectWith(`[${texts.join(',')}]`);
    const delivery = deliveryOf(subject, signedByFirst(subject));

    const { verdict, reason, events } = normalizeSegment(delivery);

    expect(delivery.provenItems).toEqual([0]);
    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: '2 items are not signed and were dropped' });
    expect(events.map(({ type }) => type)).toEqual(['analytics.activity.tracked']);
  });

  it('does not make an event of what somebody put behind a signed one', () => {
    const subject = subjectWith(texts[0] ?? '');
    const request = signed(subject);

    const forged = { ...request, body: Buffer.from(`[${texts[0]},{"type":"track","messageId":"evil"}]`) };

    expect(outcomeOf(subject, forged)).toBe('accepted');
    expect(normalizeSegment(deliveryOf(subject, forged)).events.map(({ providerEventId }) => providerEventId)).toEqual([
      'demo-message-track-0001',
    ]);
  });

  it.for([
    ['what is no JSON', `[${texts[0]},`],
    ['text after the array', `[${texts[0]}] evil`],
    ['a second bracket', `[[${texts[0]}]]`],
    ['an object around it', `{"a":[${texts[0]}]}`],
  ] as const)('proves nothing in %s', ([, body]) => {
    const subject = subjectWith(texts[0] ?? '');

    expect(outcomeOf(subject, { ...signed(subject), body: Buffer.from(body) })).toBe('signature_mismatch');
  });

  it('covers every byte of the first event', () => {
    const subject = subjectWith(`[${texts.join(',')}]`);
    const request = signedByFirst(subject);
    const { length } = texts[0] ?? '';

    const accepted = Array.from({ length }, (_, at) => at + 1).filter(
      (at) => outcomeOf(subject, { ...request, body: withChangedByte(request.body, at) }) === 'accepted',
    );

    expect(accepted).toEqual([]);
  });

  it('passes nothing on of a first event that names a member twice', () => {
    const twice = '{"type":"track","messageId":"a","messageId":"b"}';
    const subject = subjectWith(`[${twice},{"type":"track","messageId":"evil"}]`);
    const delivery = deliveryOf(subject, signedByFirst(subject));

    expect(normalizeSegment(delivery)).toMatchObject({ verdict: 'ignored', events: [] });
  });

  it('does not count for the header that covers a whole batch', () => {
    const subject = subjectWith(`[${texts.join(',')}]`, { header: 'X-Segment-Signature' });
    const first = signedByFirst(subject).headers.at(-1)?.[1] ?? '';

    const request = withValue(subject.request, 'X-Segment-Signature', () => first);

    expect(verifyDelivery({ provider: segment, settings: subject.settings }, request, conformanceNowMs)).toMatchObject({
      ok: false,
      step: 'signature_mismatch',
    });
  });
});

describe('the first item of a batch', () => {
  it.for([
    ['[{"a":1},{"b":2}]', '{"a":1}'],
    [' [ {"a":[{}],"b":"]}\\"]"} ]', '{"a":[{}],"b":"]}\\"]"}'],
    ['[{"a":"\\\\"},1]', '{"a":"\\\\"}'],
    ['[]', undefined],
    ['[1,{"a":1}]', undefined],
    ['[{"a":1', undefined],
    ['{"a":1}', undefined],
    ['', undefined],
  ] as const)('of %s is %s', ([body, expected]) => {
    const item = firstItem(Buffer.from(body));

    expect(item === undefined ? undefined : Buffer.from(item).toString('utf8')).toBe(expected);
  });
});

describe('a Segment call', () => {
  const call = { type: 'track', messageId: 'm1', timestamp: '2026-03-02T10:15:28.201Z', userId: 'a@example.com' };

  it("stays in order with its person's others, whose id is never in a key", () => {
    const [byUser] = normalize({ ...call, anonymousId: 'anon' }).events;
    const [byAnonymous] = normalize({ ...call, userId: null, anonymousId: 'anon' }).events;
    const [byNobody] = normalize({ ...call, userId: '' }).events;

    expect(byUser?.orderBy).toEqual({ by: 'personal', kind: 'person', values: ['a@example.com'] });
    expect(byAnonymous?.orderBy).toEqual({ by: 'personal', kind: 'person', values: ['anon'] });
    expect(byNobody?.orderBy).toBeUndefined();
  });

  it.for([
    ['https://example.com/a?token=x#b', 'https://example.com/a'],
    ['https://example.com/#token=x', 'https://example.com/'],
    [`https://example.com/${'x'.repeat(5_000)}`, null],
  ] as const)('says where it happened without query and fragment: %s', ([url, expected]) => {
    const [event] = normalize({ ...call, context: { page: { url } } }).events;

    expect(event?.payload).toMatchObject({ pageUrl: expected });
    expect(event?.statedFields).toContain('pageUrl');
  });

  it('says nothing about a page when it names none', () => {
    expect(normalize(call).events[0]?.statedFields).not.toContain('pageUrl');
  });

  it('leaves network address and device out', () => {
    const context = { ip: '192.0.2.77', userAgent: 'Mozilla', device: { id: 'dev1' }, location: { city: 'Ulm' } };

    const text = JSON.stringify(normalize({ ...call, context }).events);

    expect(text).not.toMatch(/192\.0\.2\.77|Mozilla|dev1|Ulm/);
  });

  it('has a number for an id as it was written', () => {
    const { events } = normalizeText('{"type":"track","messageId":"m1","userId":9007199254740993}');

    expect(events[0]?.payload).toMatchObject({ userId: '9007199254740993' });
  });

  it.for([
    [
      'messageId',
      { messageId: undefined },
      {
        basis: 'hash',
        canonicalItem: '{"timestamp":"2026-03-02T10:15:28.201Z","type":"track","userId":"a@example.com"}',
        occurrence: 0,
      },
    ],
    ['timestamp', { timestamp: 'yesterday' }, { basis: 'id', id: 'm1' }],
    ['type', { type: undefined }, { basis: 'id', id: 'm1' }],
  ] as const)('without a usable %s is partial', ([name, changes, identity]) => {
    const { verdict, reason, events } = normalize({ ...call, ...changes });

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: `not of the documented form: ${name}` });
    expect(events[0]?.identity).toEqual(identity);
  });

  it('with neither a messageId nor a time is a new event each time, and partial', () => {
    const { verdict, events } = normalize({ ...call, messageId: undefined, timestamp: undefined });

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('says which campaign led there, and who it was where only the context does', () => {
    const context = { campaign: { name: 'spring', source: 'newsletter', medium: 'email' }, traits: { plan: 'pro' } };

    const [told] = normalize({ ...call, context }).events;
    const [own] = normalize({ ...call, context, traits: { plan: 'free' } }).events;

    expect(told?.payload).toMatchObject({
      utmCampaign: 'spring',
      utmSource: 'newsletter',
      traitsJson: '{"plan":"pro"}',
    });
    expect(own?.payload).toMatchObject({ traitsJson: '{"plan":"free"}' });
  });
});

function subjectWith(body: string, options: unknown = {}): Subject<SegmentOptions> {
  const settings = settingsWith(segment, { options });
  const request = { ...requestOf(tracked, 'https://hooks.example.com/hooks/src_fixture'), body: Buffer.from(body) };
  return { definition: segment, settings, request, nowMs: conformanceNowMs };
}

/** As Segment signs a batch. */
function signedByFirst({ settings, request }: Subject<SegmentOptions>): ReceivedRequest {
  const secret = settings.secrets[0]?.reveal() ?? '';
  const signature = hmac('sha1', secret, [firstItem(request.body) ?? '']).toString('hex');
  return withValue(request, 'X-Signature', () => signature);
}

function normalize(body: unknown): ReturnType<typeof normalizeSegment> {
  return normalizeText(JSON.stringify(body));
}

function normalizeText(body: string): ReturnType<typeof normalizeSegment> {
  const subject = subjectWith(body);
  return normalizeSegment(deliveryOf(subject, signed(subject)));
}
