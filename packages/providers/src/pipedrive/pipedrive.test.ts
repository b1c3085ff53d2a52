import type { EventDraft } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { deliveryOf, outcomeOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { pipedrive } from './index.ts';
import { normalizePipedrive } from './normalize.ts';

const created = loadFixture('pipedrive', 'create.deal');

describeProvider(pipedrive, {
  options: {},
  request: created.request,
  fixtures: true,
  downgrades: {
    'a bearer token with the same secret': (request, secret) =>
      withValue(request, 'Authorization', () => `Bearer ${secret.reveal()}`),
    'the user alone': (request) =>
      withValue(request, 'Authorization', () => `Basic ${Buffer.from('trunkline').toString('base64')}`),
  },
});

describe('a Pipedrive password', () => {
  it('may hold colons, and the name of the scheme any letter case', () => {
    const about = subject([new Secret('user:pass:with:colons')]);
    const header = `basic ${Buffer.from('user:pass:with:colons').toString('base64')}`;

    expect(outcomeOf(about, { ...about.request, headers: [['authorization', header]] })).toBe('accepted');
  });
});

describe('a Pipedrive deal', () => {
  it.for([
    ['status', { status: 'won' }, { status: 'open', stage_id: 1 }, 'crm.deal.won'],
    ['status', { status: 'lost' }, { status: 'open' }, 'crm.deal.lost'],
    ['status', { status: 'open' }, { status: 'won' }, 'crm.deal.updated'],
    ['stage', { stage_id: 3 }, { stage_id: 2 }, 'crm.deal.stage_changed'],
    ['stage of one that was won before', { status: 'won', stage_id: 3 }, { stage_id: 2 }, 'crm.deal.stage_changed'],
    ['title', { title: 'New' }, { title: 'Old' }, 'crm.deal.updated'],
    ['nothing that is told', {}, null, 'crm.deal.updated'],
  ] as const)('whose %s changed (to %o, from %o) is %s', ([, change, previous, type]) => {
    const body = bodyOf('change.deal');

    const [event] = eventsOf({ ...body, data: { ...body.data, ...change }, previous });

    expect(event?.type).toBe(type);
  });

  it.for([
    ['4990.5', '"EUR"', { amount: 499050, amountDecimal: '4990.5' }],
    ['4990', '"JPY"', { amount: 4990, amountDecimal: '4990' }],
    ['4.990', '"KWD"', { amount: 4990, amountDecimal: '4.990' }],
    ['4990.505', '"EUR"', { amount: null, amountDecimal: '4990.505' }],
    ['4990.5', 'null', { amount: null, amountDecimal: '4990.5', currency: null }],
    ['90071992547409.93', '"EUR"', { amount: null, amountDecimal: '90071992547409.93' }],
    ['null', '"EUR"', { amount: null, amountDecimal: null }],
  ] as const)('of %s in %s has exact amounts', ([value, currency, expected]) => {
    const text = JSON.stringify(bodyOf('create.deal')).replace('"value":4990.5', `"value":${value}`);

    const { verdict, events } = normalizeText(text.replace('"currency":"EUR"', `"currency":${currency}`));

    expect(verdict).toBe('normalised');
    expect(events[0]?.payload).toMatchObject(expected);
  });

  it('that is deleted states only that', () => {
    const [event] = eventsOf(bodyOf('delete.deal'));

    expect(event?.statedFields).toEqual(['isDeleted']);
    expect(event?.payload).toMatchObject({ isDeleted: true, title: null, changeSource: 'app' });
  });

  it('names what was different before, for information', () => {
    const [event] = eventsOf(bodyOf('change.deal'));

    expect(event?.changedFields).toEqual(['value', 'weighted_value', 'update_time']);
  });

  it('with fields of the customer that are too long for a record leaves them out and says so', () => {
    const body = bodyOf('create.deal');

    const [event] = eventsOf({ ...body, data: { ...body.data, custom_fields: { a: 'x'.repeat(70_000) } } });

    expect(event?.payload).toMatchObject({ customFieldsJson: null, customFieldsTruncated: true });
  });
});

describe('a Pipedrive lead', () => {
  it('is a deal: it has a title and a value, and names the person it is about', () => {
    const [event] = eventsOf(bodyOf('change.lead'));

    expect(event).toMatchObject({
      topic: 'crm.deal.v1',
      type: 'crm.deal.updated',
      entity: { kind: 'lead', id: 'adf21080-0e10-11eb-879b-05d71fb426ec' },
      payload: { title: 'Ida Invitee lead', amount: 100_000, currency: 'EUR', contactId: '201', companyId: '301' },
    });
  });
});

describe('a Pipedrive merge', () => {
  it('is two messages: the record that went names the one it is in, the other what it took', () => {
    const [gone] = eventsOf(bodyOf('delete.person.merged'));
    const [kept] = eventsOf(bodyOf('change.person.merged'));

    expect(gone).toMatchObject({ type: 'crm.contact.merged', payload: { isDeleted: true, mergedInto: '201' } });
    expect(kept).toMatchObject({ type: 'crm.contact.merged', payload: { mergedFrom: ['202'], mergedInto: null } });
  });
});

describe('a Pipedrive person', () => {
  it('has a number in E.164 where it is one', () => {
    const body = bodyOf('create.person');
    const phones = [{ value: '+49 (0)1512 3456789', primary: true }];

    expect(eventsOf({ ...body, data: { ...body.data, phones } })[0]?.payload).toMatchObject({
      phone: '+4915123456789',
    });
  });

  it.for([
    [
      [
        { value: 'a@example.com', primary: false },
        { value: 'b@example.com', primary: true },
      ],
      'b@example.com',
    ],
    [[{ value: 'a@example.com' }], 'a@example.com'],
    [[{ value: '', primary: true }], null],
    [[], null],
  ] as const)('with the addresses %o has the address %s', ([emails, expected]) => {
    const body = bodyOf('create.person');

    const [event] = eventsOf({ ...body, data: { ...body.data, emails } });

    expect(event?.statedFields).toContain('email');
    expect(event?.payload).toMatchObject({ email: expected });
  });
});

describe('a Pipedrive activity', () => {
  it.for([
    [{ due_time: '13:00' }, { dueDate: '2026-03-03', dueAt: Date.UTC(2026, 2, 3, 13), durationSeconds: 1_800 }],
    [{ due_time: '' }, { dueDate: '2026-03-03', dueAt: null }],
    [
      { due_time: null, duration: '' },
      { dueAt: null, durationSeconds: null },
    ],
  ] as const)('planned for %o is due then', ([change, expected]) => {
    const body = bodyOf('create.activity');

    const { verdict, events } = normalizeText(JSON.stringify({ ...body, data: { ...body.data, ...change } }));

    expect(verdict).toBe('normalised');
    expect(events[0]?.payload).toMatchObject(expected);
  });

  it('and a note of the same id are two entities', () => {
    const [activity] = eventsOf(bodyOf('create.activity'));
    const [note] = eventsOf(JSON.parse(JSON.stringify(bodyOf('create.note')).replaceAll('602', '601')));

    expect([activity?.entity, note?.entity]).toEqual([
      { kind: 'activity', id: '601' },
      { kind: 'note', id: '601' },
    ]);
  });
});

describe('a Pipedrive message', () => {
  it.for([
    ['"2026-03-02T10:15:29.101Z"', 1772446529101],
    ['1772446529', 1772446529000],
    ['"1772446529"', 1772446529000],
  ] as const)('at %s happened then', ([timestamp, at]) => {
    const text = JSON.stringify(bodyOf('create.deal')).replace('"2026-03-02T10:15:29.101Z"', timestamp);

    expect(normalizeText(text).events[0]?.occurred).toEqual({ at, estimated: false });
  });

  it.for(['id', 'company_id', 'timestamp'])('without meta.%s is partial', (name) => {
    const body = bodyOf('create.deal');

    const { verdict, reason } = normalizeText(JSON.stringify({ ...body, meta: { ...body.meta, [name]: null } }));

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: `not found or not usable: meta.${name}` });
  });

  it('without an event id is known by what it says, whichever attempt it is', () => {
    const body = bodyOf('create.deal');
    const identityOf = (meta: object): unknown =>
      eventsOf({ ...body, meta: { ...body.meta, id: '', ...meta } })[0]?.identity;

    expect(identityOf({ attempt: 1 })).toMatchObject({ basis: 'hash' });
    expect(identityOf({ attempt: 1 })).toEqual(identityOf({ attempt: 2 }));
    expect(identityOf({ attempt: 1 })).not.toEqual(identityOf({ entity_id: '999' }));
  });

  it.for([
    ['an unknown action', { meta: { action: 'archive' } }],
    ['no data', { data: null }],
    ['no object', { meta: { entity_id: null } }],
  ] as const)('with %s is passed on', ([, change]) => {
    const body = bodyOf('create.deal');
    const meta = { ...body.meta, ...('meta' in change ? change.meta : {}) };

    const { verdict, events } = normalizeText(JSON.stringify({ ...body, ...change, meta }));

    expect(verdict).toBe('partial');
    expect(events.map(({ topic }) => topic)).toEqual(['integration.event.v1']);
  });

  it('of version 1 is passed on about the same entity, and the verdict says what to do', () => {
    const { verdict, reason, events } = normalizeText(JSON.stringify(bodyOf('updated.deal')));

    expect({ verdict, reason }).toEqual({
      verdict: 'partial',
      reason: 'it is of version 1 and passed on: create the webhook anew, as version 2',
    });
    expect(events[0]).toMatchObject({
      account: '7654321',
      entity: eventsOf(bodyOf('change.deal'))[0]?.entity,
      occurred: { at: 1_772_446_529_113, estimated: false },
      payload: { originalType: 'updated.deal' },
    });
  });

  it('of version 1 is the same event at each attempt', () => {
    const body = bodyOf('updated.deal');
    const { timestamp_micro: _micro, ...meta } = body.meta;

    for (const message of [body, { ...body, meta }]) {
      const [first, again] = [0, 1].map((retry) => eventsOf({ ...message, retry })[0]?.identity);
      expect(again).toEqual(first);
    }
  });
});

function bodyOf(event: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(Buffer.from(loadFixture('pipedrive', event).request.body).toString('utf8'));
}

function subject(secrets?: readonly Secret[]): Subject<Record<string, never>> {
  const settings = settingsWith(pipedrive, { options: {}, ...(secrets === undefined ? {} : { secrets }) });
  const request = requestOf(created, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: pipedrive, settings, request, nowMs: conformanceNowMs };
}

function eventsOf(body: unknown): readonly EventDraft[] {
  return normalizeText(JSON.stringify(body)).events;
}

function normalizeText(body: string): ReturnType<typeof normalizePipedrive> {
  const about = subject();
  const request = { ...about.request, body: Buffer.from(body) };
  return normalizePipedrive(deliveryOf(about, pipedrive.sign(request, about.settings, about.nowMs)));
}
