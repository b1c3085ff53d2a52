import { describe, expect, it } from 'vitest';

import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { postmark } from './index.ts';
import { normalizePostmark } from './normalize.ts';
import type { PostmarkOptions } from './options.ts';

const bounce = loadFixture('postmark', 'Bounce');

describeProvider(postmark, {
  variant: 'basic',
  options: { scheme: 'basic' },
  request: bounce.request,
  fixtures: true,
  downgrades: {
    'bearer instead of basic': (request, secret) =>
      withValue(request, 'Authorization', () => `Bearer ${secret.reveal()}`),
    'the secret as it is': (request, secret) => withValue(request, 'Authorization', () => secret.reveal()),
  },
});
describeProvider(postmark, {
  variant: 'a header of its own',
  options: { scheme: 'token', header: 'X-Webhook-Token' },
  request: bounce.request,
});

describe('Postmark', () => {
  it('is not to be believed without a secret, so there are no options for that', () => {
    expect(postmark.options.safeParse({}).success).toBe(false);
    expect(postmark.options.safeParse({ scheme: 'none' }).success).toBe(false);
  });
});

describe('a Postmark record', () => {
  const message = {
    RecordType: 'Click',
    MessageID: 'b7f0c1d2-58aa-4c0e-9b1f-0a6f3d2e4c99',
    ServerID: 23,
    Recipient: 'a@example.com',
    ReceivedAt: '2026-03-02T10:15:16Z',
    OriginalLink: 'https://example.com/a',
  };
  const bounced = {
    RecordType: 'Bounce',
    ID: 42,
    MessageID: message.MessageID,
    ServerID: 23,
    Email: 'a@example.com',
    BouncedAt: '2026-03-02T10:15:16Z',
  };
  const suppressed = {
    RecordType: 'SubscriptionChange',
    MessageID: message.MessageID,
    ServerID: 23,
    Recipient: 'a@example.com',
    ChangedAt: '2026-03-02T10:15:16Z',
    Origin: 'Recipient',
    SuppressSending: true,
    SuppressionReason: 'ManualSuppression',
  };

  it('is told apart by message, recipient, time and link', () => {
    const variants = [
      message,
      { ...message, Recipient: 'b@example.com' },
      { ...message, ReceivedAt: '2026-03-02T10:15:17Z' },
      { ...message, OriginalLink: 'https://example.com/b' },
      { ...message, RecordType: 'Open' },
    ];

    const identities = variants.map((body) => JSON.stringify(normalize(body).events[0]?.identity));

    expect(new Set(identities).size).toBe(variants.length);
  });

  it('belongs to one e-mail to one recipient, whose address is in no id', () => {
    const [entity, other] = ['a@example.com', 'b@example.com'].map(
      (Recipient) => normalize({ ...message, Recipient }).events[0]?.entity.id ?? '',
    );

    expect(entity).toMatch(/^b7f0c1d2-58aa-4c0e-9b1f-0a6f3d2e4c99\/[0-9a-f]{32}$/);
    expect(other).not.toBe(entity);
  });

  it.for([
    ['HardBounce', 'hard'],
    ['BadEmailAddress', 'hard'],
    ['SoftBounce', 'soft'],
    ['Transient', 'soft'],
    ['DnsError', 'soft'],
    ['Blocked', 'blocked'],
    ['SpamNotification', 'blocked'],
    ['DMARCPolicy', 'blocked'],
    ['VirusNotification', 'VirusNotification'],
  ] as const)('of a bounce of the type %s says %s', ([Type, bounceType]) => {
    const [event] = normalize({ ...bounced, Type }).events;

    expect(event).toMatchObject({
      type: 'communications.email.bounced',
      payload: { bounceType, providerStatus: Type, status: 'bounced' },
    });
  });

  it.for(['AutoResponder', 'AddressChange', 'ChallengeVerification', 'Subscribe', 'Unsubscribe', 'InboundError'])(
    'of a "bounce" of the type %s, which no mail was lost by, is passed on',
    (Type) => {
      const { verdict, events } = normalize({ ...bounced, Type });

      expect(verdict).toBe('normalised');
      expect(events[0]).toMatchObject({ topic: 'integration.event.v1', identity: { basis: 'key' } });
    },
  );

  it.for(['ManuallyDeactivated', 'SMTPApiError', 'TemplateRenderingFailed'])(
    'of a "bounce" of the type %s, which no server was asked about, is dropped',
    (Type) => {
      const [event] = normalize({ ...bounced, Type, Details: 'Not sent' }).events;

      expect(event).toMatchObject({
        type: 'communications.email.dropped',
        payload: { status: 'dropped', bounceType: null, reason: 'Not sent', providerStatus: Type },
      });
    },
  );

  it.for([
    ['smtp;550 5.1.1 No such user', '550'],
    ['smtp; 421 try again', '421'],
    ['Test bounce details', null],
  ] as const)('reads the code of the receiving server out of %s', ([Details, responseCode]) => {
    const [event] = normalize({ ...bounced, Type: 'HardBounce', Details }).events;

    expect(event?.payload).toMatchObject({ responseCode, reason: Details });
  });

  it('says a bounce whose server said nothing in the words of Postmark', () => {
    const [event] = normalize({ ...bounced, Type: 'DnsError', Details: '', Description: 'No MX' }).events;

    expect(event?.payload).toMatchObject({ reason: 'No MX' });
  });

  it.for([
    ['by the recipient', {}, 'communications.email.unsubscribed'],
    ['after a bounce', { SuppressionReason: 'HardBounce' }, 'integration.event.received'],
    ['after a complaint', { SuppressionReason: 'SpamComplaint' }, 'integration.event.received'],
    ['by the sender', { Origin: 'Customer' }, 'integration.event.received'],
    ['that is undone', { SuppressSending: false, SuppressionReason: null }, 'integration.event.received'],
  ] as const)('of a suppression %s is told once', ([, changes, type]) => {
    const { verdict, events } = normalize({ ...suppressed, ...changes });

    expect(verdict).toBe('normalised');
    expect(events[0]?.type).toBe(type);
  });

  it('about no message is passed on, and the verdict says so where it should have one', () => {
    const { verdict, reason, events } = normalize({ ...message, MessageID: '00000000-0000-0000-0000-000000000000' });

    expect([verdict, reason]).toEqual(['partial', 'not found or not usable: MessageID or Recipient']);
    expect(events[0]?.entity.kind).toBe('delivery');
  });

  it('without a time of its own is a new event at each reception', () => {
    const { verdict, events } = normalize({ ...message, ReceivedAt: undefined });

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('has one account, whether it names its server or not', () => {
    const told = [normalize(message), normalize({ ...message, ServerID: undefined })];

    expect(told.map(({ verdict, events }) => [verdict, events[0]?.account])).toEqual([
      ['normalised', 'src_fixture'],
      ['normalised', 'src_fixture'],
    ]);
  });

  it('of inbound mail is known by the id of the mail', () => {
    const { events } = normalize({ MessageID: message.MessageID, From: 'b@example.com' });

    expect(events[0]).toMatchObject({
      type: 'communications.email.received',
      identity: { basis: 'key', parts: ['Inbound', message.MessageID] },
    });
  });
});

function normalize(body: unknown): ReturnType<typeof normalizePostmark> {
  const settings = settingsWith(postmark, { options: { scheme: 'basic' } });
  const request = requestOf(bounce, 'https://hooks.example.com/hooks/src_fixture');
  const subject: Subject<PostmarkOptions> = { definition: postmark, settings, request, nowMs: conformanceNowMs };
  const signed = postmark.sign({ ...request, body: Buffer.from(JSON.stringify(body)) }, settings, conformanceNowMs);
  return normalizePostmark(deliveryOf(subject, signed));
}
