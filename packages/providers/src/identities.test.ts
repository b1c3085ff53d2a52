import type { DraftIdentity } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { providerNamed, providers } from './catalogue.ts';
import type { ProviderDefinition } from './contract/provider.ts';
import { loadFixture } from './fixtures.ts';
import { withChangedMember } from './testing/changed-member.ts';
import { normalizedFixture, sealedFixture } from './testing/fixture-outcome.ts';

/**
 * What tells two messages of a provider apart: each of these alone gives another event id. Whoever takes a part out of an
 * identity finds its line here. A place is written as `withChangedMember` reads it.
 */
const identities: Readonly<Record<string, readonly (readonly [fixture: string, ...places: readonly string[]])[]>> = {
  auth0: [['user.created', 'id']],
  brevo: [
    ['click', 'message-id', 'event=>opened', 'ts_event', 'email', 'link'],
    ['unsubscribe', 'camp_id'],
  ],
  cal_com: [['BOOKING_CREATED', 'triggerEvent=>BOOKING_REQUESTED', 'payload.uid', 'createdAt']],
  calendly: [['invitee.created', 'event=>invitee.canceled', 'payload.uri', 'created_at']],
  clerk: [['user.created', 'header:svix-id']],
  generic: [['order.created', 'id']],
  github: [['push', 'header:X-GitHub-Delivery']],
  google_calendar: [['exists', 'header:X-Goog-Channel-ID', 'header:X-Goog-Message-Number']],
  hubspot: [
    [
      'contact.propertyChange',
      '0.portalId',
      '0.subscriptionId',
      '0.eventId',
      '0.occurredAt',
      '0.objectId',
      '0.subscriptionType=>contact.creation',
    ],
    ['contact.associationChange', '0.fromObjectId', '0.toObjectId'],
  ],
  mailgun: [['delivered', 'event-data.id', 'event-data.timestamp']],
  microsoft_graph: [
    [
      'event.created',
      'value.0.subscriptionId',
      'value.0.resource',
      'value.0.changeType=>updated',
      'text:DemoA001=>DemoA002',
    ],
  ],
  paypal: [['PAYMENT.CAPTURE.COMPLETED', 'id']],
  pipedrive: [['change.deal', 'meta.id']],
  postmark: [
    ['Click', 'RecordType=>Open', 'MessageID', 'Recipient', 'ReceivedAt', 'OriginalLink'],
    ['Bounce', 'ID', 'BouncedAt'],
  ],
  resend: [['email.delivered', 'header:svix-id']],
  salesforce: [['Account', 'text:04lx00000003DemoAA=>04lx00000003DemoAB']],
  segment: [['track', 'messageId']],
  sendgrid: [['open', '0.sg_event_id']],
  shopify: [['refunds.create', 'admin_graphql_api_id', 'created_at']],
  slack: [['message', 'event_id']],
  standard_webhooks: [['plain', 'header:webhook-id']],
  stripe: [['payment_intent.succeeded', 'id']],
  telnyx: [['call.answered', 'data.id']],
  twilio: [
    ['call.completed', 'form:CallSid', 'form:CallStatus=>busy', 'form:SequenceNumber'],
    ['message.delivered', 'form:MessageSid', 'form:MessageStatus=>sent'],
  ],
  vonage: [['call.answered', 'uuid', 'status=>completed', 'timestamp']],
  workos: [['user.created', 'id']],
};

const cases = Object.entries(identities).flatMap(([name, lists]) =>
  lists.flatMap(([fixture, ...places]) => places.map((place) => ({ name, fixture, place }))),
);

describe('the identity of an event', () => {
  it('is listed for every provider', () => {
    expect(Object.keys(identities).toSorted()).toEqual(providers.map(({ name }) => name).toSorted());
  });

  it.each(cases)('of $name ($fixture) is another with another $place', ({ name, fixture, place }) => {
    const changed = withChangedMember(loadFixture(name, fixture), place);

    expect(isTold(definitionOf(name), { fixture, place })).toBe(true);
    // What is known by its content alone would have another id for any change, and prove nothing.
    expect(normalizedFixture(definitionOf(name), changed).events[0]?.identity.basis).toMatch(/^(?:id|key)$/);
  });

  // Providers of different schemes: a hash of the URL and body, a proof in the body, in the items, in a header, a key.
  it.each([
    'twilio',
    'hubspot',
    'mailgun',
    'microsoft_graph',
    'calendly',
    'cal_com',
    'google_calendar',
    'stripe',
    'sendgrid',
  ])('of %s has no part that could be taken away unnoticed', (name) => {
    const definition = definitionOf(name);
    const own = cases.filter((one) => one.name === name);
    const sizes = own.map(
      ({ fixture }) => partsOf(normalizedFixture(definition, loadFixture(name, fixture)).events[0]?.identity).length,
    );
    const parts = Array.from({ length: Math.max(...sizes) }, (_, part) => part);

    const unnoticed = parts.filter((part) => own.every((one) => isTold(withoutPart(definition, part), one)));

    expect(own).not.toEqual([]);
    expect(unnoticed).toEqual([]);
  });
});

/** Whether a change in that place gives another event id. */
function isTold(definition: ProviderDefinition, { fixture, place }: { fixture: string; place: string }): boolean {
  const told = loadFixture(definition.name, fixture);
  const [first, other] = [told, withChangedMember(told, place)].map((one) => sealedFixture(definition, one).events[0]);
  return first !== undefined && other !== undefined && first.eventId !== other.eventId;
}

/** The provider with a mistake: one part of its identities is not looked at. */
function withoutPart(definition: ProviderDefinition, part: number): ProviderDefinition {
  return {
    ...definition,
    normalize: (delivery) => {
      const normalization = definition.normalize(delivery);
      return {
        ...normalization,
        events: normalization.events.map((event) => ({ ...event, identity: blinded(event.identity, part) })),
      };
    },
  };
}

function blinded(identity: DraftIdentity, part: number): DraftIdentity {
  if (identity.basis === 'id') return { ...identity, id: 'blind' };
  // Never all parts empty: such an identity is refused.
  return { basis: 'key', parts: ['blind', ...partsOf(identity).map((text, index) => (index === part ? '' : text))] };
}

function partsOf(identity: DraftIdentity | undefined): readonly string[] {
  if (identity?.basis === 'id') return [identity.id];
  return identity?.basis === 'key' ? identity.parts : [];
}

function definitionOf(name: string): ProviderDefinition {
  const definition = providerNamed(name);
  if (definition === undefined) throw new Error(`${name} is not in the catalogue`);
  return definition;
}
