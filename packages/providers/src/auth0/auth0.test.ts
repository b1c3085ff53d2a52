import { describe, expect, it } from 'vitest';

import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import {
  contextOf,
  deliveryOf,
  outcomeOf,
  sealAll,
  settingsWith,
  signed,
  type Subject,
} from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider, jsonArray } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { auth0 } from './index.ts';
import { normalizeAuth0 } from './normalize.ts';
import type { Auth0Options } from './options.ts';

const account = 'example-shop-eu';
const created = loadFixture('auth0', 'user.created');
const logs = loadFixture('auth0', 'logs');

describeProvider(auth0, {
  options: {},
  account,
  request: created.request,
  fixtures: true,
  downgrades: {
    'the token without its scheme': (request, secret) => withValue(request, 'Authorization', () => secret.reveal()),
    'the token as basic': (request, secret) => withValue(request, 'Authorization', () => `Basic ${secret.reveal()}`),
    'the digest of the token': (request, secret) =>
      withValue(request, 'Authorization', () => `Bearer ${hmac('sha256', secret.reveal(), []).toString('hex')}`),
  },
});

describeProvider(auth0, {
  variant: 'basic credentials',
  options: { scheme: 'basic' },
  account,
  request: created.request,
  downgrades: {
    'the credentials as bearer': (request, secret) =>
      withValue(request, 'Authorization', () => `Bearer ${secret.reveal()}`),
  },
});

describeProvider(auth0, {
  variant: 'logs with a token',
  options: { scheme: 'token' },
  account,
  request: logs.request,
  batch: jsonArray(),
});

describe('an Auth0 stream', () => {
  it('names its scheme in any letter case, and its token exactly', () => {
    const subject = subjectWith();
    const request = signed(subject);

    const lower = withValue(request, 'Authorization', (value) => value.replace('Bearer', 'bearer'));
    const other = withValue(request, 'Authorization', (value) => value.toUpperCase());

    expect(outcomeOf(subject, lower)).toBe('accepted');
    expect(outcomeOf(subject, other)).toBe('token_mismatch');
  });
});

describe('an Auth0 event', () => {
  it('of a user is ordered by a digest of the user id, which may be an address', () => {
    const personal = 'samlp|example|ada@example.com';

    const normalization = normalizeObject('user.created', { user_id: personal });
    const [sealed] = sealAll(normalization, contextOf('auth0', conformanceNowMs));

    expect(normalization.events[0]?.orderBy).toEqual({ by: 'personal', kind: 'user', values: [personal] });
    expect(sealed?.key).toMatch(/^tnt_fixture:auth0:example-shop-eu:user:[0-9a-f]{64}$/);
  });

  it('of a try is passed on: it is about nobody', () => {
    const { verdict, events } = normalizeText(
      bodyOf('user.created').replace('"a0tenant"', '"a0purpose":"test","a0tenant"'),
    );

    expect(verdict).toBe('normalised');
    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it('of an update says nothing about existence', () => {
    const { events } = normalizeObject('user.updated', {});

    expect(events[0]?.statedFields).not.toContain('isDeleted');
    expect(events[0]?.payload).toMatchObject({ status: 'suspended', providerStatus: null });
  });

  it('keeps what users wrote, pictures and identities out of records', () => {
    const { events } = normalizeObject('user.created', {
      user_metadata: { a: 'marker' },
      picture: 'marker',
      last_ip: 'marker',
    });

    expect(JSON.stringify(events)).not.toContain('marker');
  });

  it('without the object it is named after is passed on, and the verdict says so', () => {
    const { verdict, events } = normalizeObject('user.created', { user_id: '' });

    expect(verdict).toBe('partial');
    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it('of a membership is about the same entity whatever happens to it, and no user id stands in it', () => {
    const names = ['added', 'role.assigned', 'role.deleted', 'deleted'].map((name) => `organization.member.${name}`);
    const events = names.flatMap(
      (name) => normalizeObject(name, { user: { user_id: 'samlp|example|ada@example.com' } }).events,
    );

    expect(new Set(events.map(({ entity }) => `${entity.kind}/${entity.id}`)).size).toBe(1);
    expect(events[0]?.entity.id).not.toContain('ada');
    expect(normalizeObject('organization.member.added', {}).events[0]?.entity.id).not.toBe(events[0]?.entity.id);
    expect(events.map(({ orderBy }) => orderBy)).toEqual(
      names.map(() => ({ by: 'entity', entity: { kind: 'organization', id: 'org_DemoAuth0Org0001' } })),
    );
  });

  it('of a role names it and states no roles: what else the member may do is not said', () => {
    const { events } = normalizeObject('organization.member.role.assigned', {});

    expect(events[0]?.payload).toMatchObject({ roleAssigned: 'editor', membershipRoles: null });
    expect(events[0]?.statedFields).toEqual(['membershipOrganizationId', 'membershipUserId']);
  });

  it('without an id is a new event each time', () => {
    const { verdict, reason, events } = normalizeText('{"specversion":"1.0","type":"user.created","data":{}}');

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not found or not usable: id' });
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });
});

describe('the logs of Auth0', () => {
  const items: readonly { readonly log_id: string }[] = JSON.parse(bodyOf('logs'));

  it.for([
    ['an array', JSON.stringify(items)],
    ['an array in an object', JSON.stringify({ logs: items })],
    ['a line each', items.map((item) => JSON.stringify(item)).join('\n')],
    ['a line each, with blank ones', `${items.map((item) => `${JSON.stringify(item)}\r\n`).join('\n')}\n`],
  ] as const)('are the same events as %s', ([, body]) => {
    const { verdict, events } = normalizeText(body);

    expect(verdict).toBe('normalised');
    expect(events.map((event) => event.identity)).toEqual(items.map(({ log_id: id }) => ({ basis: 'id', id })));
    expect(events.map((event) => event.entity.kind)).toEqual(['authentication', 'authentication']);
  });

  it('are carried one by one, not each with all', () => {
    const others = items.map((item) => ({ ...item, data: { date: '2026-03-02T09:07:01.123Z', type: 'fsa' } }));

    const { events } = normalizeText(JSON.stringify(others));

    expect(events.map((event) => event.payload)).toMatchObject([{ itemIndex: 0 }, { itemIndex: 1 }]);
    expect(JSON.stringify(events[0]?.payload)).not.toContain(items[1]?.log_id);
  });

  it.for([
    ['s', 'identity.session.sign_in_succeeded', { outcome: 'succeeded', failureReason: null }],
    ['fp', 'identity.session.sign_in_failed', { outcome: 'failed', failureReason: 'Wrong email or password.' }],
    ['fu', 'identity.session.sign_in_failed', { userId: null, email: 'nobody@example.com' }],
    ['slo', 'identity.session.signed_out', { outcome: null }],
  ] as const)('of the code %s say who logged in or out, or could not', ([code, type, payload]) => {
    const { verdict, events } = normalizeText(bodyOf(`log.${code}`));

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ type, payload, entity: { kind: 'authentication' } });
    expect(JSON.stringify(events)).not.toContain('192.0.2.1');
  });

  it('of a sign-up are about the user that event streams tell of, too', () => {
    const [signUp] = normalizeText(bodyOf('log.ss')).events;
    const [created] = normalizeObject('user.created', {}).events;

    expect(signUp?.entity).toEqual(created?.entity);
    expect(signUp?.orderBy).toEqual(created?.orderBy);
  });

  it('without a time that reads are partial', () => {
    const { verdict, events } = normalizeText(bodyOf('log.s').replace('2026-03-02T09:10', '2026-03-02 25:10'));

    expect(verdict).toBe('partial');
    expect(events[0]?.occurred).toEqual({ estimated: true });
  });

  it('without an id are the same when they come again, as long as they have a time', () => {
    const text = bodyOf('log.fsa').replaceAll('log_id', 'other');

    expect(normalizeText(text).verdict).toBe('partial');
    expect(normalizeText(text).events[0]?.identity.basis).toBe('hash');
  });

  it('do not spoil each other', () => {
    const { verdict, events } = normalizeText(JSON.stringify([items[0], 'not a log', { data: {} }, items[1]]));

    expect(verdict).toBe('partial');
    expect(events.map((event) => event.identity.basis)).toEqual(['id', 'hash', 'rx', 'id']);
  });

  it('are kept whole where one line is no JSON', () => {
    const { verdict, events } = normalizeText(`${JSON.stringify(items[0])}\nnot JSON\n`);

    expect(verdict).toBe('unnormalised');
    expect(events).toHaveLength(1);
  });

  it('are kept whole where there are more lines than are read', () => {
    const { verdict, events } = normalizeText('{}\n'.repeat(10_000));

    expect(verdict).toBe('unnormalised');
    expect(events).toHaveLength(1);
  });

  it('that are none are nothing', () => {
    expect(normalizeText('[]')).toMatchObject({ verdict: 'ignored', events: [] });
  });
});

function subjectWith(): Subject<Auth0Options> {
  const settings = settingsWith(auth0, { options: {}, account });
  const request = requestOf(created, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: auth0, settings, request, nowMs: conformanceNowMs };
}

function bodyOf(fixture: string): string {
  return JSON.stringify(JSON.parse(Buffer.from(loadFixture('auth0', fixture).request.body).toString('utf8')));
}

/** The event of a fixture with members of its object replaced. */
function normalizeObject(fixture: string, members: object): ReturnType<typeof normalizeAuth0> {
  const body: { readonly data: { readonly object: object } } = JSON.parse(bodyOf(fixture));
  const data = { ...body.data, object: { ...body.data.object, ...members } };
  return normalizeText(JSON.stringify({ ...body, data }));
}

function normalizeText(body: string): ReturnType<typeof normalizeAuth0> {
  const subject = subjectWith();
  const request = auth0.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizeAuth0(deliveryOf(subject, request));
}
