import { describe, expect, it } from 'vitest';

import { replyTo } from '../contract/normalize.ts';
import type { Reply } from '../contract/reply.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { maxValidationTokenLength } from './handshake.ts';
import { microsoftGraph } from './index.ts';
import { normalizeMicrosoftGraph } from './normalize.ts';
import { maxNotifications } from './verify.ts';

const mixed = loadFixture('microsoft_graph', 'message.created');

describeProvider(microsoftGraph, {
  options: {},
  request: loadFixture('microsoft_graph', 'event.updated').request,
  fixtures: true,
  batch: {
    body: mixed.request.body,
    split: (body) => {
      const { value }: { readonly value: readonly unknown[] } = JSON.parse(body);
      return value.map((item) => JSON.stringify(item));
    },
    join: (items) => `{"value":[${items.join(',')}]}`,
  },
});

describe('a clientState', () => {
  it('proves its own notification only, and what is not proven is dropped', () => {
    const about = subject();
    const [first, second] = notificationsOf(signed(about));

    const request = withBody(about.request, { value: [{ ...first, clientState: 'of somebody else' }, second] });

    const delivery = deliveryOf(about, request);
    expect(delivery.provenItems).toEqual([1]);
    expect(normalizeMicrosoftGraph(delivery)).toMatchObject({
      verdict: 'partial',
      reason: '1 notifications have another clientState and were dropped',
      events: [{ type: 'calendar.event.updated' }],
    });
  });

  it('that is bound to a subscription counts for that subscription only', () => {
    const about = subject();
    const [one] = notificationsOf(signed(about));
    const bound = { ...about, settings: { ...about.settings, secrets: [new Secret('a state', { keyId: 'sub_1' })] } };
    const outcomeWith = (change: object): string =>
      outcomeOf(bound, withBody(about.request, { value: [{ ...one, clientState: 'a state', ...change }] }));

    expect(outcomeOf(bound, signed(bound))).toBe('accepted');
    expect(outcomeWith({ subscriptionId: 'sub_1' })).toBe('accepted');
    expect(outcomeWith({ subscriptionId: 'sub_2' })).toBe('unknown_key');
    expect(outcomeWith({ subscriptionId: undefined })).toBe('unknown_key');
    expect(outcomeWith({ subscriptionId: 'sub_1', clientState: 'another' })).toBe('token_mismatch');
  });

  it('of nobody refuses the delivery', () => {
    const about = subject();
    const request = signed({ ...about, settings: { ...about.settings, secrets: [new Secret('another')] } });

    expect(outcomeOf(about, request)).toBe('token_mismatch');
  });

  it.for([
    ['no list', '{}', 'missing_header'],
    ['an empty list', '{"value":[]}', 'missing_header'],
    ['a list of something else', '{"value":[1,null,"a"]}', 'missing_header'],
    ['no JSON', 'value=1', 'missing_header'],
    ['two lists', '{"value":[],"value":[{"clientState":"a client state"}]}', 'malformed_header'],
    ['two proofs', '{"value":[{"clientState":"x","clientState":"a client state"}]}', 'malformed_header'],
  ] as const)('is not found in %s', ([, body, step]) => {
    const about = subject();

    expect(outcomeOf(about, { ...about.request, body: Buffer.from(body) })).toBe(step);
  });

  it('is looked for in no more notifications than one delivery can have', () => {
    const about = subject();
    const [one] = notificationsOf(signed(about));

    const outcomes = [maxNotifications, maxNotifications + 1].map((length) =>
      outcomeOf(about, withBody(about.request, { value: Array.from({ length }, () => one) })),
    );

    expect(outcomes).toEqual(['accepted', 'malformed_header']);
  });

  it('is passed on to nobody', () => {
    const [mail] = normalize(signed(subject())).events;

    const text = Buffer.from(Reflect.get(mail?.payload ?? {}, 'body') ?? '').toString('utf8');
    expect(text).toContain('subscriptionId');
    expect(text).not.toContain('clientState');
  });
});

describe('the validation of a notification URL', () => {
  const ask = (query: string, method = 'POST'): Reply | undefined =>
    microsoftGraph.handshake?.unsigned?.(
      { ...subject().request, method, target: `/hooks/a${query}` },
      subject().settings,
    );

  it('is answered with the decoded token, as text that no browser runs', () => {
    const token = encodeURIComponent('Validation: <script>alert(1)</script> Request-Id: 1+2');

    expect(ask(`?validationToken=${token}`)).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: 'Validation: <script>alert(1)</script> Request-Id: 1+2',
    });
    expect(ask('?validationToken=a+b%20c')?.body).toBe('a b c');
  });

  it.for([
    ['no token', '', 'POST'],
    ['an empty one', '?validationToken=', 'POST'],
    ['two', '?validationToken=a&validationToken=b', 'POST'],
    ['a GET', '?validationToken=a', 'GET'],
    ['one that is too long', `?validationToken=${'a'.repeat(maxValidationTokenLength + 1)}`, 'POST'],
    ['a query that is too long', `?x=${'a'.repeat(9 * maxValidationTokenLength)}&validationToken=a`, 'POST'],
  ] as const)('is not what a request with %s asks for', ([, query, method]) => {
    expect(ask(query, method)).toBeUndefined();
  });
});

describe('a Graph notification', () => {
  it.for(['subscriptionId', 'resource', 'changeType', 'etag'])('with another %s has another id', (name) => {
    const [, one] = notificationsOf(mixed.request);
    const other =
      name === 'etag'
        ? { ...one, resourceData: { ...one.resourceData, '@odata.etag': 'W/"other"' } }
        : { ...one, [name]: name === 'changeType' ? 'created' : `${one[name]}x` };

    const identities = [one, other].map((item) => normalizeItems([item]).events[0]?.identity);

    expect(identities[0]).not.toEqual(identities[1]);
  });

  it('without an etag has nothing to tell it from the next', () => {
    const [, one] = notificationsOf(mixed.request);
    const { '@odata.etag': _etag, ...resourceData } = one.resourceData;

    const { verdict, reason, events } = normalizeItems([{ ...one, resourceData }]);

    expect({ verdict, reason }).toEqual({
      verdict: 'partial',
      reason: 'not found or not usable: resourceData.@odata.etag',
    });
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('that something was missed is a new event each time, and the verdict says why', () => {
    const notification = notificationsOf(loadFixture('microsoft_graph', 'lifecycle.missed').request);

    const { verdict, events } = normalizeItems(notification);

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({
      entity: { kind: 'subscription' },
      identity: { basis: 'rx' },
      payload: { originalType: 'lifecycle.missed' },
    });
  });

  it.for(['subscriptionRemoved', 'reauthorizationRequired'])(
    'of a subscription, %s, is the same when it comes again',
    (lifecycleEvent) => {
      const [one] = notificationsOf(loadFixture('microsoft_graph', 'lifecycle.missed').request);

      const { verdict, events } = normalizeItems([{ ...one, lifecycleEvent }]);

      expect(verdict).toBe('normalised');
      expect(events[0]).toMatchObject({
        identity: { basis: 'key' },
        payload: { originalType: `lifecycle.${lifecycleEvent}` },
      });
    },
  );

  it('that has to be renewed later again is another event', () => {
    const [one] = notificationsOf(loadFixture('microsoft_graph', 'lifecycle.missed').request);
    const idOf = (subscriptionExpirationDateTime: string): unknown =>
      normalizeItems([{ ...one, lifecycleEvent: 'reauthorizationRequired', subscriptionExpirationDateTime }]).events[0]
        ?.identity;

    expect(idOf('2026-03-03T00:00:00Z')).not.toEqual(idOf('2026-03-06T00:00:00Z'));
  });

  it.for(['created', 'deleted'])('of what is %s needs no etag: that happens to a resource once', (changeType) => {
    const [, one] = notificationsOf(mixed.request);
    const { '@odata.etag': _etag, ...resourceData } = one.resourceData;

    const { verdict, events } = normalizeItems([{ ...one, changeType, resourceData }]);

    expect(verdict).toBe('normalised');
    expect(events[0]?.identity.basis).toBe('key');
  });

  it('with encrypted content is known by all of it, but for the secret', () => {
    const [, one] = notificationsOf(mixed.request);
    const rich = {
      ...one,
      resourceData: { id: 'AAMk1', '@odata.type': '#Microsoft.Graph.ChatMessage' },
      encryptedContent: { data: 'x' },
    };

    const { verdict, events } = normalizeItems([rich]);

    expect(verdict).toBe('normalised');
    expect(events[0]?.identity.basis).toBe('hash');
    expect(JSON.stringify(events)).not.toContain('a client state');
  });

  it('is answered 202: kept, and not worked on yet', () => {
    const about = subject();
    const delivery = deliveryOf(about, signed(about));

    expect(replyTo(microsoftGraph, delivery, normalizeMicrosoftGraph(delivery)).status).toBe(202);
  });
});

function notificationsOf(request: { readonly body: Uint8Array }): ReturnType<typeof JSON.parse>[] {
  return JSON.parse(Buffer.from(request.body).toString('utf8')).value;
}

function withBody(request: ReceivedRequest, body: unknown): ReceivedRequest {
  return { ...request, body: Buffer.from(JSON.stringify(body)) };
}

function subject(): Subject<Record<string, never>> {
  const settings = settingsWith(microsoftGraph, { options: {}, secrets: [new Secret('a client state')] });
  const request = requestOf(mixed, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: microsoftGraph, settings, request, nowMs: conformanceNowMs };
}

function normalize(request: ReceivedRequest): ReturnType<typeof normalizeMicrosoftGraph> {
  return normalizeMicrosoftGraph(deliveryOf(subject(), request));
}

function normalizeItems(value: readonly unknown[]): ReturnType<typeof normalizeMicrosoftGraph> {
  const about = subject();
  return normalize(signed({ ...about, request: withBody(about.request, { value }) }));
}
