import { describe, expect, it } from 'vitest';

import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { brevo } from './index.ts';
import { normalizeBrevo } from './normalize.ts';
import type { BrevoOptions } from './options.ts';

const batch = loadFixture('brevo', 'delivered');
const account = 'shop';

describeProvider(brevo, {
  variant: 'bearer',
  options: { scheme: 'bearer' },
  account,
  request: batch.request,
  fixtures: true,
  batch: jsonArray(),
  downgrades: {
    'basic instead of bearer': (request, secret) =>
      withValue(request, 'Authorization', () => `Basic ${Buffer.from(secret.reveal()).toString('base64')}`),
    'the token alone': (request, secret) => withValue(request, 'Authorization', () => secret.reveal()),
  },
});
describeProvider(brevo, { variant: 'basic', options: { scheme: 'basic' }, account, request: batch.request });
describeProvider(brevo, {
  variant: 'a header of its own',
  options: { scheme: 'token', header: 'X-Webhook-Token' },
  account,
  request: batch.request,
});

describe('Brevo', () => {
  it('is not to be believed without a secret, so there are no options for that', () => {
    expect(brevo.options.safeParse({}).success).toBe(false);
    expect(brevo.options.safeParse({ scheme: 'none' }).success).toBe(false);
  });

  it('is asked with 429 to come again, since it throws away what is answered with 503', () => {
    expect(brevo.unavailableStatus).toBe(429);
  });
});

describe('a Brevo event', () => {
  const opened = {
    event: 'opened',
    email: 'a@example.com',
    'message-id': '<1@mail.example.com>',
    ts_event: 1_772_446_500,
  };

  it('is told apart by recipient, time, kind and link', () => {
    const variants = [
      opened,
      { ...opened, email: 'b@example.com' },
      { ...opened, ts_event: 1_772_446_501 },
      { ...opened, event: 'click', link: 'https://example.com/a' },
      { ...opened, event: 'click', link: 'https://example.com/b' },
    ];

    const identities = variants.map((body) => JSON.stringify(normalize(body).events[0]?.identity));

    expect(new Set(identities).size).toBe(variants.length);
  });

  it('belongs to one e-mail to one recipient, whose address is in no id', () => {
    const entities = ['a@example.com', 'b@example.com'].map(
      (email) => normalize({ ...opened, email }).events[0]?.entity.id ?? '',
    );

    expect(new Set(entities).size).toBe(2);
    expect(entities.every((id) => id.startsWith('1@mail.example.com/') && !id.includes('a@example'))).toBe(true);
  });

  it('of a campaign has the campaign for its message', () => {
    const [event] = normalize({ event: 'click', email: 'a@example.com', camp_id: 77, ts_event: 1_772_446_500 }).events;

    expect(event?.entity.id).toMatch(/^campaign:77\/[0-9a-f]{32}$/);
    expect(event?.payload).toMatchObject({ campaignId: '77', messageId: null });
  });

  it.for([
    ['opened', undefined],
    ['unique_opened', undefined],
    ['proxy_open', true],
    ['unique_proxy_open', true],
  ] as const)('%s says what is known about machines', ([event, expected]) => {
    const [drafted] = normalize({ ...opened, event }).events;

    expect(drafted?.statedFields.includes('isMachine' as never)).toBe(expected === true);
  });

  it('without a time of its own is a new event at each reception', () => {
    const { verdict, events } = normalize({ ...opened, ts_event: undefined });

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ identity: { basis: 'rx' }, occurred: { estimated: true } });
  });

  it('of another kind is known by all it says, each of two equal ones for itself', () => {
    const updated = { event: 'contact_updated', email: 'a@example.com', ts: 1 };

    const { verdict, events } = normalize([updated, { ...updated, ts: 2 }, updated]);

    expect(verdict).toBe('normalised');
    expect(events.map(({ identity }) => (identity.basis === 'hash' ? identity.occurrence : -1))).toEqual([0, 0, 1]);
  });
});

function normalize(body: unknown): ReturnType<typeof normalizeBrevo> {
  const settings = settingsWith(brevo, { options: { scheme: 'bearer' }, account });
  const request = requestOf(batch, 'https://hooks.example.com/hooks/src_fixture');
  const subject: Subject<BrevoOptions> = { definition: brevo, settings, request, nowMs: conformanceNowMs };
  const signed = brevo.sign({ ...request, body: Buffer.from(JSON.stringify(body)) }, settings, conformanceNowMs);
  return normalizeBrevo(deliveryOf(subject, signed));
}
