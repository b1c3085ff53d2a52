import { describe, expect, it } from 'vitest';

import { replyTo } from '../contract/normalize.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withoutHeader, withValue } from '../testing/tampering.ts';
import { slack } from './index.ts';
import { normalizeSlack } from './normalize.ts';
import type { SlackOptions } from './options.ts';
import { slackScheme } from './verify.ts';

const posted = loadFixture('slack', 'message');
const interaction = loadFixture('slack', 'block_actions');

describeProvider(slack, {
  options: {},
  request: posted.request,
  signAt: (request, settings, timestamp) =>
    slackScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'the legacy verification token instead of a signature': (request) => withoutHeader(request, 'X-Slack-Signature'),
    'another version': (request) => withValue(request, 'X-Slack-Signature', (value) => value.replace('v0=', 'v1=')),
    'a signature over the body alone': (request, secret) =>
      withValue(
        request,
        'X-Slack-Signature',
        () => `v0=${hmac('sha256', secret.reveal(), [request.body]).toString('hex')}`,
      ),
    'the signature in upper case': (request) =>
      withValue(request, 'X-Slack-Signature', (value) => `v0=${value.slice(3).toUpperCase()}`),
  },
});

describeProvider(slack, {
  variant: 'forms',
  options: {},
  request: interaction.request,
  signAt: (request, settings, timestamp) =>
    slackScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
});

describe('X-Slack-Signature', () => {
  it('equals the value that HMAC-SHA256 over "v0:<time>:<body>" gives, computed by hand', () => {
    const request = slackScheme.signAt(requestWith('{"type":"event_callback"}'), new Secret('signing'), '1772446530');

    // printf 'v0:1772446530:{"type":"event_callback"}' | openssl dgst -sha256 -hmac signing
    expect(valueOf(request, 'X-Slack-Signature')).toBe(
      'v0=aac7ed30eb48f0923f5d172537d0f9e45e5bfb89fd9e5f5d2d1bcf23ca7e9753',
    );
  });
});

describe("Slack's handshake", () => {
  const challenge = JSON.stringify({ token: 'scrubbed', challenge: '3eZbrw1aBm2rZgRNFdxV', type: 'url_verification' });

  it('is answered with the challenge as plain text', () => {
    const reply = slack.handshake?.signed?.(delivery(challenge));

    expect(reply).toMatchObject({ status: 200, body: '3eZbrw1aBm2rZgRNFdxV' });
    expect(reply?.headers['content-type']).toMatch(/^text\/plain/);
  });

  it('needs a signature', () => {
    const request = requestWith(challenge);

    expect(outcomeOf(subjectWith(), request)).toBe('missing_header');
    expect(slack.handshake?.unsigned?.(request, subjectWith().settings)).toBeUndefined();
  });

  it('answers the look at the certificate of a command unsigned, and nothing else', () => {
    const ask = (request: ReceivedRequest): number | undefined =>
      slack.handshake?.unsigned?.(request, subjectWith().settings)?.status;

    expect(ask(requestWith('token=abc&ssl_check=1'))).toBe(200);
    expect(ask({ ...requestWith(''), method: 'GET', target: '/hooks/src_fixture?ssl_check=1' })).toBe(200);
    expect(ask(requestWith('token=abc&ssl_check=0'))).toBeUndefined();
    expect(ask(requestWith('token=abc&command=%2Fdeploy'))).toBeUndefined();
    expect(ask(requestWith(`ssl_check=1&text=${'a'.repeat(2_000)}`))).toBeUndefined();
  });

  it.for([
    ['an event', Buffer.from(posted.request.body).toString('utf8')],
    ['a challenge that is no text', '{"type":"url_verification","challenge":{"a":1}}'],
    ['a challenge longer than any', `{"type":"url_verification","challenge":"${'x'.repeat(1_025)}"}`],
    ['no JSON', 'challenge=1'],
  ] as const)('is not what %s is', ([, body]) => {
    expect(slack.handshake?.signed?.(delivery(body))).toBeUndefined();
  });

  it('publishes nothing', () => {
    expect(normalizeSlack(delivery(challenge))).toMatchObject({ verdict: 'ignored', events: [] });
  });
});

describe("Slack's answer", () => {
  it('asks that an accepted delivery not come again', () => {
    const accepted = delivery(Buffer.from(posted.request.body).toString('utf8'));

    const reply = replyTo(slack, accepted, normalizeSlack(accepted));

    expect(reply).toEqual({ status: 200, headers: { 'x-slack-no-retry': '1' }, body: '' });
  });
});

describe('a Slack message', () => {
  it('is the same entity whether the app hears of it as a message or as a mention', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.000100', user: 'U1', text: 'hi' };

    const [message] = normalizeEvent('Ev1', event).events;
    const [mention] = normalizeEvent('Ev2', { ...event, type: 'app_mention' }).events;

    expect(message?.entity).toEqual({ kind: 'message', id: 'C1:1772446530.000100' });
    expect(mention?.entity).toEqual(message?.entity);
    expect(mention?.payload).toMatchObject({ mentionsUs: true });
    expect(message?.statedFields).not.toContain('mentionsUs');
  });

  it('has the time of its name, cut to milliseconds', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.999999', user: 'U1', text: 'hi' };

    expect(normalizeEvent('Ev1', event).events[0]?.occurred).toEqual({ at: 1_772_446_530_999, estimated: false });
  });

  it('names its thread by the entity of the message that began it, and says when it is in none', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.000100', user: 'U1', text: 'hi' };

    const [inThread] = normalizeEvent('Ev1', { ...event, thread_ts: '1772446000.000200' }).events;
    const [alone] = normalizeEvent('Ev2', event).events;

    expect(inThread?.payload).toMatchObject({ threadId: 'C1:1772446000.000200' });
    expect(alone?.payload).toMatchObject({ threadId: null });
    expect(alone?.statedFields).toContain('threadId');
  });

  it('says when a program wrote it', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.000100', bot_id: 'B1', text: 'hi' };

    expect(normalizeEvent('Ev1', event).events[0]?.payload).toMatchObject({ authorId: 'B1', authorIsBot: true });
  });

  it('keeps the beginning of a text that is too long', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.000100', text: 'x'.repeat(70_000) };

    expect(normalizeEvent('Ev1', event).events[0]?.payload).toMatchObject({
      text: 'x'.repeat(65_536),
      textTruncated: true,
    });
  });

  it.for([
    ['', 'partial'],
    [undefined, 'partial'],
    ['hi', 'normalised'],
  ] as const)('with the text %s and blocks that are not read is %s', ([text, verdict]) => {
    const event = {
      type: 'message',
      channel: 'C1',
      ts: '1772446530.000100',
      event_ts: '1772446530.000100',
      user: 'U1',
    };

    expect(normalizeEvent('Ev1', { ...event, text, blocks: [{ type: 'rich_text' }] }).verdict).toBe(verdict);
  });

  it('that is changed or deleted is the same entity as when it was posted, at the time of the change', () => {
    const events = ['message.message_changed', 'message.message_deleted'].flatMap((name) => normalizeFixture(name));

    expect(events.map(({ type, entity, occurred }) => [type, entity.id, occurred])).toEqual([
      [
        'communications.chat.message_changed',
        'C0DEMO001:1772446500.000100',
        { at: 1_772_446_530_423, estimated: false },
      ],
      [
        'communications.chat.message_deleted',
        'C0DEMO001:1772446500.000100',
        { at: 1_772_446_601_523, estimated: false },
      ],
    ]);
    expect(events.map(({ payload }) => payload)).toMatchObject([
      { text: 'Order A-1002', editedAt: 1_772_446_530_000, isDeleted: null },
      { isDeleted: true, text: null },
    ]);
  });

  it('with replies that is deleted leaves a stone, which is no change of its text', () => {
    expect(normalizeFixture('message.message_changed.tombstone')[0]).toMatchObject({
      type: 'communications.chat.message_deleted',
      payload: { isDeleted: true },
    });
  });

  it('that a change does not name is passed on under the name of its kind', () => {
    const event = { type: 'message', subtype: 'message_deleted', channel: 'C1', ts: '1772446530.000100' };

    expect(normalizeEvent('Ev1', event).events[0]).toMatchObject({
      topic: 'integration.event.v1',
      payload: { originalType: 'message.message_deleted' },
    });
  });

  it('stays in order with its reactions, each of which is one entity until it is taken back', () => {
    const [added, removed] = ['reaction_added', 'reaction_removed'].flatMap((name) => normalizeFixture(name));

    expect(removed?.entity).toEqual(added?.entity);
    expect(added).toMatchObject({
      orderBy: { by: 'entity', entity: { kind: 'message', id: 'C0DEMO001:1772446400.000100' } },
      payload: { reaction: 'thumbsup', memberId: 'U0DEMO002', isDeleted: false },
    });
  });

  it('belongs to the workspace, or to the organization where there is none', () => {
    const event = { type: 'message', channel: 'C1', ts: '1772446530.000100' };
    const callback = { type: 'event_callback', event_id: 'Ev1', event };

    const accounts = [
      { ...callback, team_id: 'T1', enterprise_id: 'E1' },
      { ...callback, team_id: null, enterprise_id: 'E1' },
    ].map((body) => normalizeSlack(delivery(JSON.stringify(body))).events[0]?.account);

    expect(accounts).toEqual(['T1', 'E1']);
  });
});

describe('a Slack channel', () => {
  it('is one entity whatever happens to it, and its members stay in order with it', () => {
    const names = ['created', 'rename', 'archive', 'unarchive', 'deleted'].map((word) => `channel_${word}`);
    const events = names.flatMap((name) => normalizeFixture(name));
    const [joined, left] = ['member_joined_channel', 'member_left_channel'].flatMap((name) => normalizeFixture(name));

    expect(new Set(events.map(({ entity }) => `${entity.kind}/${entity.id}`))).toEqual(new Set(['channel/C0DEMO009']));
    expect(events.map(({ payload }) => payload)).toMatchObject([
      { channelName: 'orders-eu', isDeleted: false },
      { channelName: 'orders-all', isDeleted: null },
      { channelIsArchived: true },
      { channelIsArchived: false },
      { isDeleted: true },
    ]);
    expect(left?.entity).toEqual(joined?.entity);
    expect(joined?.orderBy).toEqual({ by: 'entity', entity: { kind: 'channel', id: 'C0DEMO001' } });
  });
});

describe('a Slack interaction', () => {
  it.for(['block_actions', 'slash_command'])('%s is the same event when it comes again', (name) => {
    expect(normalizeFixture(name)[0]?.identity.basis).toBe('hash');
  });

  it('without a trigger has nothing that tells it from the next, and the verdict says so', () => {
    const request = requestOf(loadFixture('slack', 'slash_command'), 'https://hooks.example.com/hooks/src_fixture');
    const subject = { ...subjectWith(), request: { ...request, body: Buffer.from('command=%2Forder&team_id=T1') } };

    const { verdict, events } = normalizeSlack(deliveryOf(subject, signed(subject)));

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });
});

describe('a notice that Slack held events back', () => {
  it('is passed on, once for its minute', () => {
    const body =
      '{"token":"x","type":"app_rate_limited","team_id":"T1","minute_rate_limited":1772446500,"api_app_id":"A1"}';

    const { verdict, events } = normalizeSlack(delivery(body));

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({
      identity: { basis: 'key', parts: ['app_rate_limited', 'T1', 'A1', '1772446500'] },
      payload: { originalType: 'app_rate_limited' },
    });
  });
});

function normalizeFixture(name: string): ReturnType<typeof normalizeSlack>['events'] {
  const request = requestOf(loadFixture('slack', name), 'https://hooks.example.com/hooks/src_fixture');
  const subject = { ...subjectWith(), request };
  return normalizeSlack(deliveryOf(subject, signed(subject))).events;
}

function subjectWith(): Subject<SlackOptions> {
  const settings = settingsWith(slack, { options: {} });
  const request = requestOf(posted, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: slack, settings, request, nowMs: conformanceNowMs };
}

function requestWith(body: string): ReceivedRequest {
  return { ...subjectWith().request, body: Buffer.from(body) };
}

function delivery(body: string): ReturnType<typeof deliveryOf<SlackOptions>> {
  const subject = { ...subjectWith(), request: requestWith(body) };
  return deliveryOf(subject, signed(subject));
}

function normalizeEvent(id: string, event: unknown): ReturnType<typeof normalizeSlack> {
  return normalizeSlack(
    delivery(JSON.stringify({ type: 'event_callback', team_id: 'T1', event_id: id, event_time: 1, event })),
  );
}
