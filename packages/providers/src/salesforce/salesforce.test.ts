import { describe, expect, it } from 'vitest';

import { replyTo } from '../contract/normalize.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { salesforce } from './index.ts';
import { canonicalId } from './message.ts';
import { normalizeSalesforce } from './normalize.ts';
import type { SalesforceOptions } from './options.ts';
import { readXml } from './xml.ts';

const contact = loadFixture('salesforce', 'Contact');
const two = loadFixture('salesforce', 'Invoice__c');
const textOf = (fixture: { readonly request: { readonly body: Uint8Array } }): string =>
  Buffer.from(fixture.request.body).toString('utf8');

describeProvider(salesforce, {
  variant: 'a token in the URL',
  options: {},
  request: two.request,
  fixtures: true,
  batch: {
    split: (body) => body.match(/<Notification>.*?<\/Notification>/gs) ?? [],
    join: (items) => textOf(two).replace(/<Notification>.*<\/Notification>/s, () => items.join('')),
  },
});

describeProvider(salesforce, {
  variant: 'basic authentication',
  options: { credential: 'basic' },
  request: contact.request,
});

describe('a Salesforce secret', () => {
  it('in the URL does not count in a header, and the other way round', () => {
    const inUrl = subject();
    const inHeader = subject({ credential: 'basic' });

    expect(outcomeOf(inUrl, signed(inHeader))).toBe('missing_header');
    expect(outcomeOf(inHeader, signed(inUrl))).toBe('missing_header');
  });

  it.for(['token', 'secret'] as const)('has the parameter name %s that its source says', (parameter) => {
    const about = subject({ parameter });

    expect(signed(about).target).toMatch(new RegExp(`\\?${parameter}=`));
    expect(outcomeOf(about, signed(about))).toBe('accepted');
  });
});

describe('the organization of a source', () => {
  it.for([
    ['its own, 18 characters', '00Dx0000000DemoEAC', 'accepted'],
    ['its own, 15 characters', '00Dx0000000Demo', 'accepted'],
    ['another', '00Dx0000000OtheEAC', 'unknown_key'],
    ['none', '', 'unknown_key'],
  ] as const)('takes a message of %s as it should', ([, organization, outcome]) => {
    const about = subject({}, '00Dx0000000DemoEAC');
    const text = textOf(contact).replace('00Dx0000000DemoEAC', organization);

    expect(outcomeOf(about, signed({ ...about, request: withBody(about.request, text) }))).toBe(outcome);
  });

  it.for([
    ['its own', '00Dx0000000DemoEAC', 'accepted'],
    ['another', '00Dx0000000OtheEAC', 'unknown_key'],
    ['two', '00Dx0000000DemoEAC</OrganizationId><OrganizationId>00Dx0000000OtheEAC', 'unknown_key'],
  ] as const)('that a message names which is not well formed counts: %s', ([, organization, outcome]) => {
    const about = subject({}, '00Dx0000000DemoEAC');
    const text = textOf(contact)
      .replace('00Dx0000000DemoEAC', organization)
      .replace('</sf:LastName>', '\v</sf:LastName>');
    const request = signed({ ...about, request: withBody(about.request, text) });

    expect(text).toContain('\v');
    expect(outcomeOf(about, request)).toBe(outcome);
  });

  it('is looked at only after the secret: who has none learns nothing about it', () => {
    const about = subject({}, '00Dx0000000OtheEAC');

    expect(outcomeOf(about, about.request)).toBe('missing_header');
  });

  it('is the same in its short form: the id of every event says so', () => {
    expect(canonicalId('001D000000IqhSL')).toBe('001D000000IqhSLIAZ');
    expect(canonicalId('001D000000IqhSLIAZ')).toBe('001D000000IqhSLIAZ');
    expect(canonicalId('001D000000IqhS')).toBeUndefined();
    expect(canonicalId('001D000000IqhS!')).toBeUndefined();
  });
});

describe('a Salesforce message', () => {
  it('is acknowledged with the answer that Salesforce counts, whatever was in it', () => {
    for (const body of [textOf(contact), 'not XML']) {
      const about = subject();
      const delivery = deliveryOf(about, signed({ ...about, request: withBody(about.request, body) }));

      const reply = replyTo(salesforce, delivery, normalizeSalesforce(delivery));

      expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
      expect(reply.body).toContain('<Ack>true</Ack>');
      expect(readXml(Buffer.from(reply.body)).readable).toBe(true);
    }
  });

  it('states the fields that were chosen for it, and null where one is nil', () => {
    const { events } = normalize(textOf(contact));

    expect(events[0]?.statedFields).not.toContain('leadSource');
    expect(events[0]?.statedFields).toContain('jobTitle');
    expect(events[0]?.payload).toMatchObject({
      jobTitle: null,
      email: 'ida.invitee@example.com',
      customFieldsJson: '{"Region__c":"EMEA"}',
    });
  });

  it('reads what XML escapes', () => {
    expect(normalize(textOf(loadFixture('salesforce', 'Lead'))).events[0]?.payload).toMatchObject({
      companyName: 'Demo & Sons',
    });
  });

  it.for([
    ['<sf:IsClosed>true</sf:IsClosed><sf:IsWon>true</sf:IsWon>', 'won'],
    ['<sf:IsClosed>true</sf:IsClosed><sf:IsWon>false</sf:IsWon>', 'lost'],
    ['<sf:IsClosed>false</sf:IsClosed>', 'open'],
    ['<sf:IsClosed>true</sf:IsClosed>', null],
    ['<sf:IsWon>false</sf:IsWon>', null],
  ] as const)('about an opportunity with %s says that it is %s', ([fields, status]) => {
    const text = textOf(loadFixture('salesforce', 'Opportunity')).replace(/<sf:IsClosed>.*<\/sf:IsWon>/s, fields);

    expect(normalize(text).events[0]?.payload).toMatchObject({ status });
  });

  it.for([
    ['250000.0', { amountDecimal: '250000.0', amount: 25_000_000 }],
    ['1.25E7', { amountDecimal: '12500000', amount: 1_250_000_000 }],
    ['1.23456789E7', { amountDecimal: '12345678.9', amount: 1_234_567_890 }],
    ['1.2345678912E7', { amountDecimal: '12345678.912', amount: null }],
  ] as const)('of an opportunity over %s says how much it is', ([amount, expected]) => {
    const text = textOf(loadFixture('salesforce', 'Opportunity'));
    const { verdict, events } = normalize(text.replace(/(<sf:Amount>)[^<]*/, (_all, tag: string) => tag + amount));

    expect(verdict).toBe('normalised');
    expect(events[0]?.payload).toMatchObject(expected);
  });

  it('names a lead and a contact by different kinds, and finds neither in what is something else', () => {
    const task = textOf(loadFixture('salesforce', 'Task'));

    const [event] = normalize(task).events;
    const [other] = normalize(task.replace(/<sf:WhatId>.{18}/, '<sf:WhatId>001D000000IqhSLIAZ')).events;

    expect(event?.payload).toMatchObject({ dealId: '006x000000DemoOAAR', contactId: '003x000000DemoCAAR' });
    expect(other?.payload).toMatchObject({ dealId: null });
  });

  it('without a time says that its own is estimated', () => {
    const text = textOf(contact).replace(/<sf:SystemModstamp>.*<\/sf:SystemModstamp>/, '');

    expect(normalize(text).events[0]?.occurred).toEqual({ estimated: true });
  });

  it('is passed on without the session id that stands beside it', () => {
    const text = textOf(two).replace('<SessionId xsi:nil="true"/>', '<SessionId>00D!secret-session</SessionId>');

    const { events } = normalize(text);

    const bodies = events.map(({ payload }) => Buffer.from(Reflect.get(payload, 'body') ?? '').toString('utf8'));
    expect(bodies).toHaveLength(2);
    expect(bodies.join('')).not.toContain('secret-session');
    expect(bodies[0]).toMatch(/^<Notification>[^]*<\/Notification>$/);
  });

  it.for([
    ['a field named twice', (text: string) => text.replace('<sf:Email>', '<sf:Email>a</sf:Email><sf:Email>')],
    ['no id of its object', (text: string) => text.replace(/<sf:Id>.*<\/sf:Id>/, '')],
  ] as const)('with %s is passed on', ([, change]) => {
    const { verdict, events } = normalize(change(textOf(contact)));

    expect(verdict).toBe('partial');
    expect(events.map(({ topic }) => topic)).toEqual(['integration.event.v1']);
  });

  it('without the id of a notification is partial and known by its text, or, without a time either, by nothing', () => {
    const unnamed = textOf(contact).replace(/<Id>.*<\/Id>/, '');

    const { verdict, events } = normalize(unnamed);
    const timeless = normalize(unnamed.replace(/<sf:SystemModstamp>.*<\/sf:SystemModstamp>/, ''));

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toMatchObject({ basis: 'hash' });
    expect(timeless.events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it('with a time that cannot be read is partial', () => {
    const text = textOf(contact).replace(
      /<sf:SystemModstamp>.*<\/sf:SystemModstamp>/,
      '<sf:SystemModstamp>soon</sf:SystemModstamp>',
    );

    expect(normalize(text).verdict).toBe('partial');
  });
});

function subject(options: unknown = {}, account?: string): Subject<SalesforceOptions> {
  const settings = settingsWith(salesforce, {
    options,
    account,
    secrets: [new Secret('trunkline:token of the tests')],
  });
  const request = requestOf(contact, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: salesforce, settings, request, nowMs: conformanceNowMs };
}

function withBody(request: ReceivedRequest, text: string): ReceivedRequest {
  return { ...request, body: Buffer.from(text) };
}

function normalize(text: string): ReturnType<typeof normalizeSalesforce> {
  const about = subject();
  return normalizeSalesforce(deliveryOf(about, signed({ ...about, request: withBody(about.request, text) })));
}
