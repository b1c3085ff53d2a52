import { createHash } from 'node:crypto';

import type { EventDraft } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { hubspot } from './index.ts';
import { normalizeHubspot } from './normalize.ts';
import { hubspotScheme } from './verify.ts';

const batch = loadFixture('hubspot', 'batch');
const header = 'X-HubSpot-Signature-v3';
const text = (request: Pick<ReceivedRequest, 'body'>): string => Buffer.from(request.body).toString('utf8');

describeProvider(hubspot, {
  options: {},
  request: batch.request,
  signAt: (request, settings, timestamp) =>
    hubspotScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  timestampUnit: 'ms',
  fixtures: true,
  refusesOddBodies: true,
  batch: jsonArray(),
  downgrades: {
    'v1: a hash of secret and body': (request, secret) => legacy(request, secret.reveal() + text(request)),
    'v2: a hash of secret, method, URI and body': (request, secret) =>
      legacy(request, `${secret.reveal()}POST${request.publicUrl}${text(request)}`),
    'v1 in the place of v3': (request, secret) =>
      withValue(request, header, () => sha256(secret.reveal() + text(request))),
    'hex instead of base64': (request) =>
      withValue(request, header, (value) => Buffer.from(value, 'base64').toString('hex')),
    'no URI in what is signed': (request, secret) =>
      withValue(request, header, () =>
        hmac('sha256', secret.reveal(), [
          'POST',
          request.body,
          valueOf(request, 'X-HubSpot-Request-Timestamp'),
        ]).toString('base64'),
      ),
  },
});

describe('X-HubSpot-Signature-v3', () => {
  it('equals the value that HMAC-SHA256 over method, URI, body and time gives, computed by hand', () => {
    const request = hubspotScheme.signAt(
      { ...batch.request, target: '/h', publicUrl: 'https://h.example/h?a=b', body: Buffer.from('[]') },
      new Secret('a client secret'),
      '1772446530000',
    );

    // printf 'POSThttps://h.example/h?a=b[]1772446530000' | openssl dgst -sha256 -hmac 'a client secret' -binary | base64
    expect(valueOf(request, header)).toBe('yIETt67zxZ1ceWwlvpshs22ltKR3GWFiFxE0vzUiry8=');
  });

  it('is made over a URI in which the twelve documented escapes are decoded, and no other', () => {
    const decoded = "https://h.example/h?a=:/?@!$'()*,;&b=%20%3D%25";
    const encoded = 'https://h.example/h?a=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B&b=%20%3D%25';
    const about = subject();
    const request = signed({ ...about, request: { ...about.request, publicUrl: decoded } });

    expect(outcomeOf(about, { ...request, publicUrl: encoded })).toBe('accepted');
    expect(outcomeOf(about, { ...request, publicUrl: encoded.replace('%20', ' ') })).toBe('signature_mismatch');
  });

  it('counts beside the older headers that HubSpot sends along', () => {
    const about = subject();
    const request = signed(about);
    const old = [...request.headers, ['X-HubSpot-Signature', 'a'.repeat(64)], ['X-HubSpot-Signature-Version', 'v2']];

    // The tuples of this list are pairs, which its literal does not say.
    const beside = { ...request, headers: old as unknown as ReceivedRequest['headers'] };

    expect(outcomeOf(about, beside)).toBe('accepted');
  });
});

describe('a HubSpot property change', () => {
  it('states the one field that has the meaning of the property, and always carries name and value', () => {
    const [event] = eventsOf(propertyChange('email', 'new@example.com'));

    expect(event?.statedFields).toEqual(['email']);
    expect(event?.payload).toMatchObject({
      email: 'new@example.com',
      propertyName: 'email',
      propertyValue: 'new@example.com',
      changeSource: 'CRM_UI',
    });
  });

  it('of a property without a field states its value', () => {
    const [event] = eventsOf(propertyChange('favourite_color', 'blue'));

    expect(event?.statedFields).toEqual(['propertyValue', 'propertyValueTruncated']);
    expect(event?.payload).toMatchObject({ propertyName: 'favourite_color', propertyValue: 'blue' });
  });

  it.for([
    ['email', '', { email: null }],
    ['email', null, { email: null }],
    ['createdate', '1772446530123', { createdAt: 1772446530123 }],
    ['createdate', '2026-03-02T10:15:30Z', { createdAt: 1772446530000 }],
  ] as const)('of %s to %s is read as what HubSpot means', ([name, value, expected]) => {
    expect(eventsOf(propertyChange(name, value))[0]?.payload).toMatchObject(expected);
  });

  it.for([
    ['createdate', 'yesterday'],
    ['createdate', '9'.repeat(15)],
  ] as const)('of %s to %s states the value as it is, since the field cannot hold it', ([name, value]) => {
    const [event] = eventsOf(propertyChange(name, value));

    expect(event?.statedFields).toEqual(['propertyValue', 'propertyValueTruncated']);
    expect(event?.payload).toMatchObject({ createdAt: null, propertyValue: value });
  });

  it.for([
    ['dealstage', 'closedwon', 'crm.deal.stage_changed', { stageId: 'closedwon', status: null }],
    ['hs_is_closed_won', 'true', 'crm.deal.won', { status: 'won' }],
    ['hs_is_closed_lost', 'true', 'crm.deal.lost', { status: 'lost' }],
    ['hs_is_closed_won', 'false', 'crm.deal.updated', { status: null }],
    ['hs_is_closed', 'false', 'crm.deal.updated', { status: 'open' }],
    ['hs_is_closed', 'true', 'crm.deal.updated', { status: null, propertyValue: 'true' }],
    ['amount', '4990.50', 'crm.deal.updated', { amountDecimal: '4990.50', amount: null }],
    ['amount', '1.25E7', 'crm.deal.updated', { amountDecimal: '12500000' }],
  ] as const)('of a deal: %s to %s is %s', ([propertyName, propertyValue, type, expected]) => {
    const [event] = eventsOf({ ...message('deal.propertyChange'), propertyName, propertyValue });

    expect(event?.type).toBe(type);
    expect(event?.payload).toMatchObject(expected);
  });
});

describe('a HubSpot deletion', () => {
  it('does not take back that a person asked to be forgotten', () => {
    const [privacy] = eventsOf(message('contact.privacyDeletion'));
    const [plain] = eventsOf(message('contact.deletion'));

    expect(privacy?.payload).toMatchObject({ isDeleted: true, deletionReason: 'privacy' });
    expect(plain?.statedFields).toEqual(['isDeleted']);
  });
});

describe('a HubSpot merge', () => {
  it('is one event for each of its records', () => {
    const events = eventsOf({ ...message('contact.merge'), mergedObjectIds: [151, 152], newObjectId: 1246965 });

    expect(events.map(({ entity, identity, payload }) => [entity.id, identity.qualifier, payload])).toMatchObject([
      ['1246965', 'merged/1246965', { isDeleted: false, mergedFrom: ['151', '152'], mergedInto: null }],
      ['151', 'merged/151', { isDeleted: true, mergedInto: '1246965', mergedFrom: null }],
      ['152', 'merged/152', { isDeleted: true, mergedInto: '1246965' }],
    ]);
  });

  it('into a new record ends both old ones', () => {
    const events = eventsOf({ ...message('contact.merge'), mergedObjectIds: [151], newObjectId: 999 });

    expect(events.map(({ entity, payload }) => [entity.id, Reflect.get(payload, 'isDeleted')])).toEqual([
      ['999', false],
      ['151', true],
      ['1246965', true],
    ]);
  });

  it.for([
    ['no list', { mergedObjectIds: 151 }],
    ['an empty list', { mergedObjectIds: [] }],
    ['something that is no id', { mergedObjectIds: [151, {}] }],
    ['only itself', { mergedObjectIds: [] }],
    ['more records than a merge has', { mergedObjectIds: Array.from({ length: 101 }, (_, index) => index + 1) }],
  ] as const)('with %s is passed on', ([, change]) => {
    const { verdict, events } = normalize([{ ...message('contact.merge'), ...change }]);

    expect(verdict).toBe('partial');
    expect(events.map(({ topic }) => topic)).toEqual(['integration.event.v1']);
  });
});

describe('a HubSpot association', () => {
  it('told from both ends is one entity, and two events', () => {
    const [fromContact] = eventsOf(message('contact.associationChange'));
    const [fromCompany] = eventsOf(message('company.associationChange'));

    expect(fromContact?.entity).toEqual({
      kind: 'association',
      id: 'COMPANY_TO_CONTACT/company/700100/contact/1246965',
    });
    expect(fromContact?.entity).toEqual(fromCompany?.entity);
    expect(fromContact?.orderBy).toEqual({ by: 'entity', entity: { kind: 'company', id: '700100' } });
    expect(fromContact?.identity).not.toEqual(fromCompany?.identity);
  });

  it('of the newer generic form names its kinds by type ids', () => {
    const [event] = eventsOf({
      ...message('contact.associationChange'),
      subscriptionType: 'object.associationChange',
      associationType: null,
      associationTypeId: 279,
      associationCategory: 'HUBSPOT_DEFINED',
      fromObjectTypeId: '0-1',
      toObjectTypeId: '2-77',
    });

    expect(event?.entity.id).toBe('279/2-77/700100/contact/1246965');
  });

  it('that does not name its ends is passed on', () => {
    const { verdict } = normalize([{ ...message('contact.associationChange'), toObjectId: null }]);

    expect(verdict).toBe('partial');
  });
});

describe('a HubSpot message', () => {
  it.for(['portalId', 'subscriptionId', 'eventId', 'occurredAt', 'objectId', 'subscriptionType'])(
    'with another %s has another id',
    (name) => {
      const first = message('contact.creation');
      const value = name === 'subscriptionType' ? 'contact.deletion' : Number(first[name]) + 1;

      const [event] = eventsOf(first);
      const [other] = eventsOf({ ...first, [name]: value });

      expect(other?.identity).not.toEqual(event?.identity);
    },
  );

  it('sent again has the same id: its attempt is no part of it', () => {
    const first = message('contact.creation');

    const [event] = eventsOf(first);
    const [again] = eventsOf({ ...first, attemptNumber: 3 });

    expect(again?.identity).toEqual(event?.identity);
  });

  it('of an object type that another prefix names is the same kind of entity', () => {
    const [event] = eventsOf({ ...message('deal.creation'), subscriptionType: 'object.creation', objectTypeId: '0-3' });

    expect(event).toMatchObject({ type: 'crm.deal.created', entity: { kind: 'deal', id: '880011' } });
  });

  it.for(['portalId', 'eventId', 'subscriptionType'])(
    'without %s is partial, and known by what it says, whichever attempt it is',
    (name) => {
      const [first, again] = [0, 1].map((attemptNumber) =>
        normalize([{ ...message('contact.creation'), attemptNumber, [name]: null }]),
      );

      expect(first?.verdict).toBe('partial');
      expect(first?.events[0]?.identity).toMatchObject({ basis: 'hash' });
      expect(again?.events[0]?.identity).toEqual(first?.events[0]?.identity);
    },
  );

  it('without a time is partial, and each reception of it is a new event', () => {
    const { verdict, events } = normalize([{ ...message('contact.creation'), occurredAt: null }]);

    expect(verdict).toBe('partial');
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it.for([
    ['phone', '+49 (0)1512 3456789', { phone: '+4915123456789' }],
    ['mobilephone', '+49 1512 3456789', { mobilePhone: '+4915123456789' }],
    ['hs_email_optout', 'true', { hasOptedOutOfEmail: true }],
  ] as const)(
    'about the property %s states the field that has its meaning',
    ([propertyName, propertyValue, expected]) => {
      const [event] = eventsOf({ ...message('contact.propertyChange'), propertyName, propertyValue });

      expect(event?.payload).toMatchObject(expected);
      expect(event?.statedFields).toEqual(Object.keys(expected));
    },
  );

  it('of an activity that was restored or merged is what its table says: a merge is passed on', () => {
    const merged = { subscriptionType: 'object.merge', objectTypeId: '0-48', mergedObjectIds: [2], primaryObjectId: 1 };

    const [event] = eventsOf({ ...message('contact.creation'), ...merged });

    expect(event?.topic).toBe('integration.event.v1');
  });

  it('of a workflow is the record itself, passed on about the contact', () => {
    const { verdict, events } = normalizeText(text(loadFixture('hubspot', 'workflow').request));

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({
      account: '62515',
      entity: { kind: 'contact', id: '1246965' },
      identity: { basis: 'hash' },
      occurred: { at: 1_772_446_529_100, estimated: false },
      payload: { originalType: 'workflow', itemIndex: null },
    });
  });

  it('that cannot be read spoils none of its batch', () => {
    const { verdict, events } = normalize([1, message('contact.creation'), { a: 1 }]);

    expect(verdict).toBe('partial');
    expect(events.map(({ topic }) => topic)).toEqual([
      'integration.event.v1',
      'crm.contact.v1',
      'integration.event.v1',
    ]);
  });

  it('keeps an id that no number holds exactly', () => {
    const { events } = normalizeText(
      JSON.stringify([message('contact.creation')]).replace('1246965', '9007199254740993'),
    );

    expect(events[0]?.entity.id).toBe('9007199254740993');
  });
});

function message(event: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(loadFixture('hubspot', event).request.body).toString('utf8'))[0];
}

function propertyChange(propertyName: string, propertyValue: string | null): Record<string, unknown> {
  return { ...message('contact.propertyChange'), propertyName, propertyValue };
}

function legacy(request: ReceivedRequest, source: string): ReceivedRequest {
  const headers = request.headers.filter(([name]) => name !== header);
  return { ...request, headers: [...headers, ['X-HubSpot-Signature', sha256(source)]] };
}

function sha256(source: string): string {
  return createHash('sha256').update(source).digest('hex');
}

function subject(): Subject<Record<string, never>> {
  const settings = settingsWith(hubspot, { options: {} });
  const request = requestOf(batch, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: hubspot, settings, request, nowMs: conformanceNowMs };
}

function eventsOf(item: unknown): readonly EventDraft[] {
  return normalize([item]).events;
}

function normalize(items: readonly unknown[]): ReturnType<typeof normalizeHubspot> {
  return normalizeText(JSON.stringify(items));
}

function normalizeText(body: string): ReturnType<typeof normalizeHubspot> {
  const about = subject();
  const request = { ...about.request, body: Buffer.from(body) };
  return normalizeHubspot(deliveryOf(about, hubspot.sign(request, about.settings, about.nowMs)));
}
