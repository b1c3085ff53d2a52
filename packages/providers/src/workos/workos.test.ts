import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { timestampedHeader } from '../schemes/timestamped-header.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { workos } from './index.ts';
import { normalizeWorkos } from './normalize.ts';
import type { WorkosOptions } from './options.ts';
import { workosScheme } from './verify.ts';

const account = 'client_01KJQDEMO0000000000000000A';
const created = loadFixture('workos', 'user.created');

describeProvider(workos, {
  options: {},
  account,
  request: created.request,
  timestampUnit: 'ms',
  signAt: (request, settings, timestamp) =>
    workosScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'v0 instead of v1': (request) => withValue(request, 'WorkOS-Signature', (value) => value.replace('v1=', 'v0=')),
    'a signature over the body alone': (request, secret) =>
      withSignature(request, hmac('sha256', secret.reveal(), [request.body]).toString('hex')),
    'SHA-1 instead of SHA-256': (request, secret) =>
      withSignature(request, hmac('sha1', secret.reveal(), [timeOf(request), '.', request.body]).toString('hex')),
    'the signature in upper case': (request) =>
      withSignature(request, valueOf(request, 'WorkOS-Signature').replace(/.*v1=/, '').toUpperCase()),
    'a signature over the body as the Node library writes it again': (request, secret) => ({
      ...workosScheme.sign(
        { ...request, body: Buffer.from(JSON.stringify(bodyOf(request))) },
        secret,
        conformanceNowMs,
      ),
      body: request.body,
    }),
  },
});

describe('WorkOS-Signature', () => {
  it('equals the value that HMAC-SHA256 over "<milliseconds>.<body>" gives, computed by hand', () => {
    const request = { ...requestOf(created, 'https://h.example/'), body: Buffer.from('{"id":"event_1"}'), headers: [] };

    const { headers } = workosScheme.signAt(request, new Secret('secret'), '1772446530000');

    // printf '1772446530000.{"id":"event_1"}' | openssl dgst -sha256 -hmac secret
    expect(headers).toEqual([
      ['WorkOS-Signature', 't=1772446530000, v1=ff66b423e7bf915eb57dc2ea4e141fc37cbdb63368c749c7b48839808c30022d'],
    ]);
  });

  it('without the blank after the comma is another format and refused', () => {
    const subject = subjectWith();

    const squeezed = withValue(signed(subject), 'WorkOS-Signature', (value) => value.replace(', ', ','));

    expect(outcomeOf(subject, squeezed)).toBe('malformed_header');
  });

  it('in seconds is far too old', () => {
    const subject = subjectWith();
    const seconds = timestampedHeader({
      header: 'WorkOS-Signature',
      separator: ', ',
      version: 'v1',
      unit: 's',
      toleranceMs: 180_000,
    });

    const request = seconds.sign(subject.request, subject.settings.secrets[0] ?? new Secret(''), subject.nowMs);

    expect(outcomeOf(subject, request)).toBe('timestamp_expired');
  });
});

describe('a WorkOS event', () => {
  it('of a membership stays in order with its organization', () => {
    const { events } = normalizeText(loadFixture('workos', 'organization_membership.created').request.body);

    expect(events[0]).toMatchObject({
      entity: { kind: 'organization_membership', id: 'om_01KJQDEMOMEMBER0000000001' },
      orderBy: { by: 'entity', entity: { kind: 'organization', id: 'org_01KJQDEMOORG000000000001' } },
    });
  });

  it('of a membership without its organization is passed on, and the verdict says so', () => {
    const { verdict, events } = normalizeData('organization_membership.created', { organization_id: null });

    expect(verdict).toBe('partial');
    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it('of an update says nothing about existence', () => {
    const { events } = normalizeData('user.updated', {});

    expect(events[0]?.statedFields).not.toContain('isDeleted');
  });

  it('tells users and entries of directories apart, although they share a topic', () => {
    const [user] = normalizeData('user.created', {}).events;
    const [entry] = normalizeData('dsync.user.created', {}).events;

    expect([user?.topic, user?.entity.kind]).toEqual(['identity.user.v1', 'user']);
    expect([entry?.topic, entry?.entity.kind]).toEqual(['identity.user.v1', 'directory_user']);
  });

  it('of an older entry finds its primary address in the list', () => {
    const emails = [
      { primary: false, type: 'home', value: 'home@example.com' },
      { primary: true, type: 'work', value: 'work@example.com' },
    ];

    const { events } = normalizeData('dsync.user.created', { email: undefined, emails });

    expect(events[0]?.payload).toMatchObject({ email: 'work@example.com' });
  });

  it('of an attempt to log in is an entity of its own, with what was given and why it failed', () => {
    const { events } = normalizeData('authentication.sso_failed', {});

    expect(events[0]).toMatchObject({
      type: 'identity.session.sign_in_failed',
      entity: { kind: 'authentication', id: events[0]?.providerEventId },
      payload: {
        outcome: 'failed',
        userId: null,
        email: 'ada@example.com',
        method: 'sso',
        connectionId: 'conn_01KJQDEMOCONN00000000001',
        failureCode: 'invalid_credentials',
      },
    });
  });

  it('of an update names what is another than before', () => {
    expect(normalizeData('dsync.user.updated', {}).events[0]?.changedFields).toEqual(['state']);
    expect(normalizeData('user.updated', {}).events[0]?.changedFields).toBeUndefined();
  });

  it.for([
    ['email_verification.created', { kind: 'user', id: 'user_01KJQDEMOUSER000000000001' }],
    ['password_reset.succeeded', { kind: 'user', id: 'user_01KJQDEMOUSER000000000001' }],
    ['organization_domain.verification_failed', { kind: 'organization_domain', id: 'org_domain_01KJQDEMODOM001' }],
    ['authentication.radar_risk_detected', { kind: 'user', id: 'user_01KJQDEMOUSER000000000001' }],
  ] as const)('of %s is about what it names, not about itself', ([name, entity]) => {
    expect(normalizeData(name, {}).events[0]?.entity).toEqual(entity);
  });

  it.for(['invitation.created', 'organization_domain.verified', 'connection.deleted', 'dsync.group.created'] as const)(
    'of %s stays in order with the organization, and alone where there is none',
    (name) => {
      const { events } = normalizeData(name, {});
      const alone = normalizeData(name, { organization_id: null });

      expect(events[0]?.orderBy).toMatchObject({ entity: { kind: 'organization' } });
      expect(alone.verdict).toBe('normalised');
      expect(alone.events[0]?.orderBy).toBeUndefined();
    },
  );

  it('of a membership in a group is the same entity when it ends', () => {
    const [added, removed] = ['added', 'removed'].map(
      (word) => normalizeData(`dsync.group.user_${word}`, {}).events[0],
    );

    expect(removed?.entity).toEqual(added?.entity);
    expect([added, removed].map((event) => event?.payload)).toMatchObject([{ isDeleted: false }, { isDeleted: true }]);
  });

  it('without a time that reads is partial', () => {
    const body = JSON.stringify({ ...bodyOf(created.request), created_at: 'yesterday' });

    expect(normalizeText(body)).toMatchObject({ verdict: 'partial', events: [{ occurred: { estimated: true } }] });
  });

  it('keeps network addresses, devices and raw directory entries out of records', () => {
    const texts = ['session.created', 'dsync.user.created'].map((name) =>
      JSON.stringify(normalizeData(name, { raw_attributes: { street: 'marker' }, ip_address: 'marker' }).events),
    );

    expect(texts.join()).not.toMatch(/marker|Mozilla/);
  });

  it('leaves attributes out that no record can hold, and says so', () => {
    const { events } = normalizeData('user.created', { metadata: { long: 'x'.repeat(70_000) } });

    expect(events[0]?.payload).toMatchObject({ attributesJson: null, attributesTruncated: true });
  });

  it.for([
    ['a body that is no object', '[1]'],
    ['no id', '{"event":"user.created"}'],
    ['no name', '{"id":"event_1"}'],
    ['an id longer than an id can be', `{"id":"${'e'.repeat(1_025)}","event":"user.created"}`],
  ] as const)('with %s is kept whole, under its id or as what it says', ([, body]) => {
    const { verdict, events } = normalizeText(body);

    expect(verdict).toBe('unnormalised');
    expect(events[0]).toMatchObject({ account, payload: { body: Buffer.from(body) } });
    expect(events[0]?.identity).toMatchObject(withUsableId.test(body) ? { basis: 'id' } : { basis: 'hash' });
  });
});

function subjectWith(): Subject<WorkosOptions> {
  const settings = settingsWith(workos, { options: {}, account });
  const request = requestOf(created, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: workos, settings, request, nowMs: conformanceNowMs };
}

function timeOf(request: ReceivedRequest): string {
  return valueOf(request, 'WorkOS-Signature').replace(/^t=(\d+).*$/, '$1');
}

function withSignature(request: ReceivedRequest, signature: string): ReceivedRequest {
  return withValue(request, 'WorkOS-Signature', (value) => value.replace(/v1=.*/, `v1=${signature}`));
}

function bodyOf(request: { readonly body: Uint8Array }): { readonly data: object } {
  return JSON.parse(Buffer.from(request.body).toString('utf8'));
}

/** The event of a fixture with members of its object replaced. */
function normalizeData(fixture: string, members: object): ReturnType<typeof normalizeWorkos> {
  const body = bodyOf(loadFixture('workos', fixture).request);
  return normalizeText(JSON.stringify({ ...body, data: { ...body.data, ...members } }));
}

function normalizeText(body: string | Uint8Array): ReturnType<typeof normalizeWorkos> {
  const subject = subjectWith();
  const request = workos.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizeWorkos(deliveryOf(subject, request));
}

const withUsableId = /"id":"[^"]{1,1024}"/;
