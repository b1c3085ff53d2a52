import { armFailpoints, type RequestId } from '@trunkline/core';
import { until } from '@trunkline/installation';
import { createSenders, noSenders } from '@trunkline/sources/senders';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { type SendingWorld, startSendingWorld } from '../testing/sending-world.ts';
import { sendingLimits } from './limits.ts';

const mail = { channel: 'email', channelId: 'mail' };

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
afterEach(async () => {
  world.senders = world.both;
  world.twilio.fail(undefined);
  world.twilio.listsMessages = false;
  world.resend.fail(undefined);
  world.aheadMs = 0;
  armFailpoints('');
  // It would be sent in a later test, and take the fault that is meant for another.
  const open = await world.open();
  if (open.length > 0) throw new Error(`the test leaves messages open: ${JSON.stringify(open)}`);
});
afterAll(() => world?.close());

function texts(body: string): number {
  return world.twilio.messages.filter((message) => message.body === body).length;
}

describe('somebody who is to be told something', () => {
  it('is told once, in their language, by the channel that was asked for', async () => {
    const missed = { text: null, template: 'missed_call', channelId: 'second' };
    const id = await world.ask('missed', {
      ...missed,
      parametersJson: JSON.stringify({
        from: '+4930123',
        to: '+4930456',
        outcome: null,
        endedAt: '2026-03-01T10:00:00.000Z',
      }),
    });
    await world.ask('missed', missed);

    const row = await world.stands(id, 'accepted');

    const told = world.twilio.messages.filter(({ to }) => to === '+15005550008');
    expect(told.map(({ body }) => body)).toEqual(['Verpasster Anruf von +4930123 an +4930456.']);
    expect(row).toMatchObject({ attempts: 1, provider_message_id: told[0]?.sid });
    expect(await world.calls(id)).toEqual(['accepted']);
  });

  it('is told by the mail address that a request names, where the directory does not know them', async () => {
    const id = await world.ask('a guest', {
      channel: 'email',
      recipientId: null,
      channelId: null,
      recipientAddress: 'bo@b.example',
    });

    await world.stands(id, 'accepted');

    expect(world.resend.mails.filter(({ text }) => text === 'a guest')).toMatchObject([
      { to: 'bo@b.example', key: id },
    ]);
  });

  it('waits for a sender, and is told when there is one', async () => {
    world.senders = noSenders;
    const id = await world.ask('no sender yet');
    const waiting = await world.stands(id, 'no_sender');

    world.senders = world.both;
    await world.makeDue(id);
    await world.stands(id, 'accepted');

    expect(waiting).toMatchObject({ code: 'no_sender', attempts: 0 });
    expect(texts('no sender yet')).toBe(1);
  });

  it('waits for the secret of a sender, and is told when there is one', async () => {
    world.senders = createSenders(
      world.both.all().map((sender) => (sender.kind === 'twilio' ? { ...sender, apiKeySecret: undefined } : sender)),
    );
    const id = await world.ask('no secret yet');
    const waiting = await world.stands(id, 'no_sender');

    world.senders = world.both;
    await world.makeDue(id);
    await world.stands(id, 'accepted');

    expect(waiting).toMatchObject({ code: 'secret_missing', attempts: 0 });
    expect(texts('no secret yet')).toBe(1);
  });

  it.each([
    {
      name: 'when not in the directory',
      payload: { recipientId: 'per_bob' },
      state: 'suppressed',
      code: 'recipient_unknown',
    },
    {
      name: 'by a channel that they lack',
      payload: { channelId: 'fax' },
      state: 'suppressed',
      code: 'channel_unknown',
    },
    {
      name: 'what there is no text for',
      payload: { template: 'lottery_won' },
      state: 'failed',
      code: 'template_unknown',
    },
    { name: 'too late', payload: { notAfter: 1 }, state: 'expired', code: 'too_late' },
  ] as const)('is not told $name', async ({ name, payload, state, code }) => {
    const id = await world.ask(name, payload);

    expect(await world.stands(id, state)).toMatchObject({ code, attempts: 0 });
  });
});

describe('a message that surely was not sent', () => {
  it('is sent again after what the provider asked for', async () => {
    world.twilio.fail({ kind: 'refuse', status: 429, retryAfterSeconds: 60 });
    const id = await world.ask('too fast');
    await world.stands(id, 'asked');
    await untilSo(async () => (await world.calls(id))[0] === 'refused');

    world.twilio.fail(undefined);
    await world.makeDue(id);
    await world.stands(id, 'accepted');

    expect(await world.calls(id)).toEqual(['refused', 'accepted']);
    expect(texts('too fast')).toBe(1);
  });

  it('fails where the provider refuses it for good', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });

    const id = await world.ask('refused');

    expect(await world.stands(id, 'failed')).toMatchObject({ code: 'upstream_4xx', attempts: 1 });
  });
});

describe('a message that may have been sent', () => {
  it('is sent again under its key where the provider knows keys, and arrives once', async () => {
    world.resend.fail({ kind: 'lose' });
    const id = await world.ask('a mail whose answer is lost', mail);
    await world.stands(id, 'unknown');

    world.resend.fail(undefined);
    await world.makeDue(id);
    const row = await world.stands(id, 'accepted');

    const [only, ...more] = world.resend.mails.filter(({ key }) => key === id);
    expect(more).toEqual([]);
    expect(row.provider_message_id).toBe(only?.id);
    expect(await world.calls(id)).toEqual(['maybe', 'accepted']);
  });

  it('is held for a person where it knows none, and not sent again', async () => {
    world.twilio.fail({ kind: 'lose' });

    const id = await world.ask('a text whose answer is lost');

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'no_evidence', attempts: 1 });
    expect(texts('a text whose answer is lost')).toBe(1);
  });

  it.each([
    ['notify.before_call=throw@1', 0],
    ['notify.after_call=throw@1', 1],
    ['notify.before_sent=throw@1', 1],
  ])('by a process that ended at %s is held, too', async (failpoints, sent) => {
    armFailpoints(failpoints);
    const id = await world.ask(failpoints);
    await world.stands(id, 'sending');
    await untilSo(async () => texts(failpoints) === sent);

    await world.makeDue(id);

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'no_evidence', attempts: 1 });
    expect(await world.calls(id)).toEqual(['maybe']);
    expect(texts(failpoints)).toBe(sent);
  });
});

describe('a message that may have been sent, of which its provider can be asked', () => {
  async function lost(name: string): Promise<RequestId> {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask(name);
    await untilSo(async () => texts(name) > 0);
    return id;
  }

  it.each([
    ['queued', 'accepted'],
    ['delivered', 'delivered'],
    ['undelivered', 'undelivered'],
  ] as const)('and that is %s there, is %s, and not sent again', async (status, state) => {
    const id = await lost(`found: ${status}`);
    const sid = world.twilio.messages.at(-1)?.sid ?? '';
    world.twilio.statuses.set(sid, status);
    world.twilio.listsMessages = true;

    const row = await world.stands(id, state);

    expect(row).toMatchObject({ provider_message_id: sid, attempts: 1 });
    expect(texts(`found: ${status}`)).toBe(1);
  });

  it('is no message of the same words that is known to be another', async () => {
    const known = await world.ask('twice the same');
    await world.stands(known, 'accepted');
    armFailpoints('notify.before_call=throw@1');
    const id = await world.ask('twice the same, asked again', { text: 'twice the same' });
    await world.stands(id, 'sending');
    world.twilio.listsMessages = true;

    await world.makeDue(id);

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'no_evidence', provider_message_id: null });
  });

  it.each([
    { name: 'on its day', calledAt: '12:00', days: 1 },
    { name: 'on its day and on the next one where it was called shortly before midnight', calledAt: '23:30', days: 2 },
  ])('is held where the provider does not have it $name, after two questions', async ({ calledAt, days }) => {
    world.twilio.listsMessages = true;
    world.aheadMs = millisecondsUntil(calledAt);
    armFailpoints('notify.before_call=throw@1');
    const id = await world.ask(`never sent at ${calledAt}`);
    await world.stands(id, 'sending');
    world.aheadMs = 0;
    const before = questions();

    await world.makeDue(id);

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'no_evidence', attempts: 1 });
    expect(questions() - before).toBe(days * sendingLimits.absentLookups);
    expect(texts(`never sent at ${calledAt}`)).toBe(0);
  });

  it('is held where the provider never answers, after a bounded number of questions', async () => {
    const id = await lost('no answer');
    world.twilio.knowsKey = false;
    const before = questions();

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'no_evidence' });
    world.twilio.knowsKey = true;

    expect(questions() - before).toBeLessThanOrEqual(sendingLimits.mostLookups);
  });

  /** A provider is asked by the day that a message was sent on: what is called shortly before midnight may be of the next one. */
  function questions(): number {
    return world.twilio.requests.filter(({ method }) => method === 'GET').length;
  }
});

describe('a message that nobody wants to know any more', () => {
  const soonMs = 60_000;

  it.each([
    ['waits for its sender', { code: 'no_sender' }],
    ['waits after a call that sent nothing', { code: 'upstream_rate_limited' }],
  ] as const)('expires where it %s', async (how, { code }) => {
    if (code === 'no_sender') world.senders = noSenders;
    else world.twilio.fail({ kind: 'refuse', status: 429, retryAfterSeconds: 600 });
    const id = await world.ask(`expires: ${how}`, { notAfter: Date.now() + soonMs });
    await untilSo(async () => (await world.message(id))?.code === code);
    world.senders = world.both;
    world.twilio.fail(undefined);
    world.aheadMs = soonMs;

    await world.makeDue(id);

    expect(await world.stands(id, 'expired')).toMatchObject({ code: 'too_late' });
    expect(texts(`expires: ${how}`)).toBe(0);
  });

  it('is held and not sent again, though its provider would know it by its key', async () => {
    world.resend.fail({ kind: 'lose' });
    const id = await world.ask('too late by key', { ...mail, notAfter: Date.now() + soonMs });
    await world.stands(id, 'unknown');
    world.resend.fail(undefined);
    world.aheadMs = soonMs;

    await world.makeDue(id);

    expect(await world.stands(id, 'held')).toMatchObject({ code: 'too_late', attempts: 1 });
  });

  it('stays held for the person who looks at it', async () => {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask('held past its time', { notAfter: Date.now() + soonMs });
    await world.stands(id, 'held');
    world.aheadMs = soonMs;

    await world.makeDue(id);
    await untilSo(async () => {
      const [turn] = await world.test.admin<{ isOver: boolean }>(
        `SELECT lease_owner IS NULL AND due_at > clock_timestamp() AS "isOver" FROM notifications.turn WHERE request_id = $1::uuid`,
        [id.slice(4)],
      );
      return turn?.isOver === true;
    });

    expect(await world.message(id)).toMatchObject({ state: 'held' });
  });
});

describe('a message that a person decides on', () => {
  async function heldOne(name: string): Promise<RequestId> {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask(name);
    await world.stands(id, 'held');
    world.twilio.fail(undefined);
    return id;
  }

  it('is sent again, under the same id', async () => {
    const id = await heldOne('sent again by hand');

    await world.decide(id, 'resend');
    await world.stands(id, 'accepted');

    expect(texts('sent again by hand')).toBe(2);
    expect(await world.calls(id)).toEqual(['maybe', 'accepted']);
  });

  it.each([
    ['sent', 'accepted'],
    ['drop', 'suppressed'],
  ] as const)('is %s without another call', async (decision, state) => {
    const id = await heldOne(`decided: ${decision}`);

    await world.decide(id, decision);

    expect(await world.stands(id, state)).toMatchObject({ code: 'decided', attempts: 1 });
    expect(texts(`decided: ${decision}`)).toBe(1);
  });
});

describe('what was said', () => {
  it('is forgotten, and later the message itself', async () => {
    const id = await world.ask('private');
    const { content } = await world.stands(id, 'accepted');
    world.aheadMs = sendingLimits.contentMs;
    await world.makeDue(id);
    await untilSo(async () => (await world.message(id))?.content === null);
    world.aheadMs = sendingLimits.rowMs;
    await world.makeDue(id);
    await untilSo(async () => (await world.message(id)) === undefined);

    expect(content).toContain('private');
    expect(await world.calls(id)).toEqual([]);
  });
});

/** Until it is this time of a day in UTC, hh:mm. */
function millisecondsUntil(time: string): number {
  const now = Date.now();
  const today = Date.parse(`${new Date(now).toISOString().slice(0, 10)}T${time}:00Z`);
  return (today < now ? today + 24 * 3_600_000 : today) - now;
}

async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  await until('it is so', isSo);
}
