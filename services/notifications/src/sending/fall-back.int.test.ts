import type { RequestId } from '@trunkline/core';
import { requestId } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { noSenders } from '@trunkline/sources/senders';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { takeEvidence } from '../messages/evidence.ts';
import { type SendingWorld, startSendingWorld, tenantId } from '../testing/sending-world.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
// All of them are of one cause, of which a message that is there already is told.
afterEach(async () => {
  world.twilio.fail(undefined);
  await world.test.admin('DELETE FROM notifications.message');
});
afterAll(() => world?.close());

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** By text message; behind it in the file stands a mail address. */
const missed = { text: null, template: 'missed_call', channelId: 'second', parametersJson: '{"from":"+4930123"}' };

const fallbackOf = (cause: RequestId): RequestId => requestId({ cause, handler: 'fallback', qualifier: 'fallback/1' });

/** The sender has looked at what became of it. */
const lookedAt = (id: RequestId): Promise<unknown> =>
  until('a sender has looked', async () => {
    const [row] = await world.test.admin<{ isOver: boolean }>(
      `SELECT NOT m.fallback_open AND t.lease_owner IS NULL AND t.due_at > clock_timestamp() AS "isOver"
       FROM notifications.message m JOIN notifications.turn t USING (request_id) WHERE request_id = $1::uuid`,
      [id.slice(4)],
    );
    return row?.isOver;
  });

describe('what surely did not reach a person', () => {
  it('because it was refused is told by their next channel, in the same trace', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    world.senders = noSenders;
    const id = await world.ask('refused', missed);
    await world.stands(id, 'no_sender');
    await world.test.admin('UPDATE notifications.message SET traceparent = $1', [traceparent]);
    world.senders = world.both;
    await world.makeDue(id);
    await world.stands(id, 'failed');

    await world.stands(fallbackOf(id), 'accepted');

    expect(world.resend.mails.filter(({ key }) => key === fallbackOf(id))).toMatchObject([
      { to: '"Ada" <ada@acme.example>' },
    ]);
    const rows = await world.test.admin<{ traceparent: string | null; other: string | null }>(
      'SELECT traceparent, coalesce(fallback_id, fallback_of)::text AS other FROM notifications.message',
    );
    expect(rows.map((row) => row.traceparent)).toEqual([traceparent, traceparent]);
    // Each names the other.
    expect(rows.filter(({ other }) => other !== null)).toHaveLength(2);
  });

  it('because the provider says that it did not arrive is told by their next channel, once', async () => {
    const id = await world.ask('undelivered', missed);
    const { provider_message_id: providerMessageId } = await world.stands(id, 'accepted');
    const told = {
      tenantId,
      requestId: id,
      provider: 'twilio',
      providerMessageId: providerMessageId ?? '',
      code: '30003',
    };
    for (const version of ['1', '2'])
      await world.database.transaction([tenantId], (tx) =>
        takeEvidence(tx, [{ ...told, state: 'undelivered', eventId: `evt_${version.repeat(32)}`, version }]),
      );

    await world.stands(fallbackOf(id), 'accepted');
    await lookedAt(id);

    expect(world.resend.mails.filter(({ key }) => key === fallbackOf(id))).toHaveLength(1);
  });

  it('by the next channel either is not told by a third', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    const id = await world.ask('refused twice', { ...missed, channelId: 'sms' });
    await world.stands(fallbackOf(id), 'failed');
    await lookedAt(fallbackOf(id));

    expect(await world.message(fallbackOf(fallbackOf(id)))).toBeUndefined();
  });

  it('is not told by a channel by which it was asked for anyway', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    await world.stands(await world.ask('by mail, too', { ...missed, channel: 'email', channelId: 'mail' }), 'accepted');
    const id = await world.ask('by text', missed);
    await world.stands(id, 'failed');
    await lookedAt(id);

    expect(await world.message(fallbackOf(id))).toBeUndefined();
  });

  it('is not told by another channel to a person who wants that for nothing', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    const id = await world.ask('without another channel', { ...missed, recipientId: 'per_bea' });
    await world.stands(id, 'failed');
    await lookedAt(id);

    expect(await world.message(fallbackOf(id))).toBeUndefined();
  });

  it('because there is no text for it is told by no other channel, which has none either', async () => {
    const id = await world.ask('no text', { ...missed, template: 'lottery_won' });
    await world.stands(id, 'failed');
    await lookedAt(id);

    expect(await world.message(fallbackOf(id))).toBeUndefined();
  });
});

describe('what may have reached a person', () => {
  it('is held, and told by no other channel', async () => {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask('held', missed);
    await world.stands(id, 'held');
    await lookedAt(id);

    expect(await world.message(fallbackOf(id))).toBeUndefined();
  });
});
