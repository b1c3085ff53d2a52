import { defineRequestHandler } from '@trunkline/consumer';
import { applicableRequest } from '@trunkline/consumer/testing';
import type { RequestId } from '@trunkline/core';
import { requestId, sealRequest } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { takeErasureTurn, writeErasedAddresses } from '@trunkline/postgres';
import { waitingForLocks } from '@trunkline/postgres/testing';
import { createSenders, noSenders } from '@trunkline/sources/senders';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { requestHandler } from '../handlers/request.ts';
import { clearMessages, keyOfMessage } from '../messages/erasure.ts';
import { burst, type SendingWorld, startSendingWorld, tenantId } from '../testing/sending-world.ts';
import { sendingLimits } from './limits.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
// Each test is later than the time in which the messages of the one before count.
let startMs = 0;
beforeEach(() => {
  startMs += 2 * burst.windowMs;
  world.aheadMs = startMs;
});
afterEach(async () => {
  world.senders = world.both;
  world.twilio.fail(undefined);
  world.burstMessages = 1_000_000;
  await world.test.admin('DELETE FROM notifications.erased_address');
  const open = await world.open();
  if (open.length > 0) throw new Error(`the test leaves messages open: ${JSON.stringify(open)}`);
});
afterAll(() => world?.close());

const cause = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const wilhelmina = 'a'.repeat(64);
const ben = 'b'.repeat(64);
const happenedAt = Date.UTC(2026, 2, 1, 10);
const erasedAt = happenedAt + 60_000;
const daysMs = 24 * 3_600_000;

/** Of a message that may name somebody. */
const naming = (digest: string, aboutOccurredAt = happenedAt) => ({
  aboutDigests: [digest],
  aboutOccurredAt,
  notAfter: Date.now() + world.aheadMs + daysMs,
});

const texts = (body: string): number => world.twilio.messages.filter((message) => message.body.includes(body)).length;

const gone = { content: null, erased_at: new Date(erasedAt) };

describe('a message that names somebody who is erased', () => {
  it('is told no more where it waits for a sender', async () => {
    world.senders = noSenders;
    const id = await world.ask('Wilhelmina called', naming(wilhelmina));
    await world.stands(id, 'no_sender');

    await world.erase(wilhelmina, erasedAt);
    world.senders = world.both;

    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 0 });
    expect(texts('Wilhelmina called')).toBe(0);
  });

  it('is told no more where it waits for its time, as for the end of quiet hours', async () => {
    const id = await world.ask('Wilhelmina, tomorrow', { ...naming(wilhelmina), notBefore: Date.now() + daysMs });

    await world.erase(wilhelmina, erasedAt);

    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 0 });
    expect(texts('Wilhelmina, tomorrow')).toBe(0);
  });

  it('is told no more where it waits for another try', async () => {
    world.twilio.fail({ kind: 'refuse', status: 429, retryAfterSeconds: 600 });
    const id = await world.ask('Wilhelmina, refused', naming(wilhelmina));
    await until('it waits', async () => (await world.message(id))?.code === 'upstream_rate_limited');
    world.twilio.fail(undefined);

    await world.erase(wilhelmina, erasedAt);

    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 1 });
    expect(texts('Wilhelmina, refused')).toBe(0);
  });

  it('is told no more where it is asked for after the erasure, by what happened before', async () => {
    await world.erase(wilhelmina, erasedAt);

    const id = await world.ask('Wilhelmina, late', naming(wilhelmina));

    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 0 });
    expect(texts('Wilhelmina, late')).toBe(0);
  });

  it('is held where it may have been sent, and cannot be sent again', async () => {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask('Wilhelmina, lost', naming(wilhelmina));
    await until('it was called', async () => texts('Wilhelmina, lost') === 1);
    await world.ended(id);
    world.twilio.fail(undefined);

    await world.erase(wilhelmina, erasedAt);
    expect(await world.stands(id, 'held')).toMatchObject(gone);
    await world.decide(id, 'resend');

    await until('the decision was taken', async () => (await world.message(id))?.code === 'forgotten');
    expect(texts('Wilhelmina, lost')).toBe(1);
  });

  it('says nothing any more where it was told, and is kept as long as others', async () => {
    const id = await world.ask('Wilhelmina, told', naming(wilhelmina));
    const before = await world.stands(id, 'accepted');

    await world.erase(wilhelmina, erasedAt);
    world.aheadMs += sendingLimits.contentMs;
    await world.makeDue(id);
    await rests(id);

    expect(before.content).toContain('Wilhelmina');
    expect(await world.message(id)).toMatchObject({ ...gone, state: 'accepted' });
    world.aheadMs += sendingLimits.rowMs - sendingLimits.contentMs;
    await world.makeDue(id);
    await until('it is removed', async () => (await world.message(id)) === undefined);
    expect(await world.test.admin('SELECT FROM notifications.party_address WHERE entity_id = $1', [id])).toEqual([]);
  });

  it('is told by no other channel where the first did not reach the person', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    // Nobody carries mail.
    world.senders = createSenders(world.both.all().filter(({ kind }) => kind === 'twilio'));
    const missed = { text: null, template: 'missed_call', channelId: 'second', parametersJson: '{"from":"+4930123"}' };
    const id = await world.ask('Wilhelmina, by mail', { ...missed, ...naming(wilhelmina) });
    const fallback: RequestId = requestId({ cause: id, handler: 'fallback', qualifier: 'fallback/1' });
    await world.stands(fallback, 'no_sender');

    await world.erase(wilhelmina, erasedAt);
    world.senders = world.both;

    expect(await world.stands(fallback, 'suppressed')).toMatchObject({ ...gone, code: 'erased' });
    expect(await world.message(id)).toMatchObject({ ...gone, state: 'failed' });
    expect(world.resend.mails.filter(({ key }) => key === fallback)).toEqual([]);
  });
});

describe('a digest', () => {
  /** As many as one by one, and these. */
  async function collapsed(...messages: readonly (readonly [text: string, digest: string])[]) {
    world.burstMessages = 1;
    const first = await world.ask(`before ${world.aheadMs}`, naming(ben));
    await world.stands(first, 'accepted');
    const ids: RequestId[] = [];
    for (const [text, digest] of messages) ids.push(await world.ask(text, naming(digest)));
    for (const id of ids) await world.stands(id, 'collapsed');
    const digest = await world.digestOf(ids[0] ?? first);
    if (digest === null) throw new Error('nothing was collapsed');
    return { ids, digest };
  }

  it('does not tell of who is erased, and of the others it does', async () => {
    const { ids, digest } = await collapsed(['Wilhelmina, one of two', wilhelmina], ['Ben, one of two', ben]);

    await world.erase(wilhelmina, erasedAt);
    await world.makeDue(digest);
    await world.stands(digest, 'accepted');

    expect(texts('Wilhelmina, one of two')).toBe(0);
    expect(texts('Ben, one of two')).toBe(1);
    expect(await Promise.all(ids.map((id) => world.message(id)))).toMatchObject([
      { ...gone, state: 'suppressed', code: 'erased' },
      { state: 'collapsed', erased_at: null },
    ]);
  });

  it('of nobody else is not sent', async () => {
    const { digest } = await collapsed(['Wilhelmina, alone', wilhelmina]);

    await world.erase(wilhelmina, erasedAt);
    await world.makeDue(digest);

    expect(await world.stands(digest, 'suppressed')).toMatchObject({ code: 'erased', attempts: 0 });
  });

  it('that was tried before, and has its words by then, ends with all that it would tell of', async () => {
    const { digest } = await collapsed(['Wilhelmina, refused at first', wilhelmina], ['Ben, refused at first', ben]);
    world.twilio.fail({ kind: 'refuse', status: 429, retryAfterSeconds: 600 });
    await world.makeDue(digest);
    await until('it waits', async () => (await world.message(digest))?.code === 'upstream_rate_limited');
    world.twilio.fail(undefined);

    await world.erase(wilhelmina, erasedAt);

    expect(await world.stands(digest, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 1 });
    expect(texts('refused at first')).toBe(0);
  });

  it('that was told says nothing any more', async () => {
    const { ids, digest } = await collapsed(['Wilhelmina, in a digest', wilhelmina], ['Ben, in a digest', ben]);
    await world.makeDue(digest);
    const before = await world.stands(digest, 'accepted');

    await world.erase(wilhelmina, erasedAt);

    expect(before.content).toContain('Wilhelmina, in a digest');
    expect(await world.message(digest)).toMatchObject({ ...gone, state: 'accepted' });
    expect(await Promise.all(ids.map((id) => world.message(id)))).toMatchObject([
      { ...gone, state: 'collapsed' },
      { state: 'collapsed', erased_at: null },
    ]);
  });
});

describe('an erasure', () => {
  it.each([
    ['of somebody else', () => naming(ben), 'tnt_a'],
    ['until before it happened: they came back', () => naming(wilhelmina, erasedAt + 1), 'tnt_a'],
    ['of another tenant', () => naming(wilhelmina), 'tnt_b'],
    ['where nobody says whom it names', () => ({}), 'tnt_a'],
  ] as const)('%s leaves a message as it is', async (name, payload, tenant) => {
    const id = await world.ask(name, { ...payload(), notBefore: Date.now() + daysMs }, tenant);

    await world.erase(wilhelmina, erasedAt);

    expect(await world.message(id)).toMatchObject({ state: 'asked', erased_at: null });
    expect(await world.textOf(id)).toBe(name);
    await world.makeDue(id);
    await world.stands(id, tenant === 'tnt_a' ? 'accepted' : 'suppressed');
  });

  it('that comes again, or for an earlier time, changes nothing', async () => {
    const id = await world.ask('Wilhelmina, again', naming(wilhelmina));
    await world.stands(id, 'accepted');
    await world.erase(wilhelmina, erasedAt);

    await world.erase(wilhelmina, erasedAt);
    await world.erase(wilhelmina, happenedAt);

    expect(await world.message(id)).toMatchObject({ ...gone, state: 'accepted' });
  });
});

describe('an erasure and what is under way at its time', () => {
  it('wait for each other, and nothing is left of who is erased', async () => {
    world.burstMessages = 5;
    const asking = Array.from({ length: 40 }, async (_, index) => {
      const id = await world.ask(`Wilhelmina, ${index}`, naming(wilhelmina));
      if (index === 20) await world.erase(wilhelmina, erasedAt);
      return id;
    });
    const ids = await Promise.all(asking);
    const [digest] = (await Promise.all(ids.map((id) => world.digestOf(id)))).filter((id) => id !== null);
    if (digest !== undefined) await world.makeDue(digest);

    await until('all have ended', async () => (await world.open()).length === 0);

    const said = await world.test.admin(
      `SELECT state, content FROM notifications.message WHERE content LIKE '%Wilhelmina%'`,
    );
    expect(said).toEqual([]);
    const kept = await Promise.all(ids.map((id) => world.message(id)));
    expect(kept.filter((row) => row?.erased_at === null)).toEqual([]);
  });

  it('keeps a sender waiting, who then finds nothing to tell', async () => {
    const id = await world.ask('Wilhelmina, just now', { ...naming(wilhelmina), notBefore: Date.now() + daysMs });
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const erasing = world.database.transaction([tenantId], async (tx) => {
      await takeErasureTurn(tx, [{ tenantId }], { alone: true });
      entered.resolve();
      await release.promise;
      await writeErasedAddresses(tx, [{ tenantId, digest: wilhelmina, untilMs: erasedAt }]);
      await clearMessages(tx, [keyOfMessage(tenantId, id)]);
    });
    await entered.promise;

    await world.makeDue(id);
    try {
      await until('the sender waits', async () => (await waitingForLocks(world.test)) === 1);
    } finally {
      release.resolve();
    }
    await erasing;

    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 0 });
    expect(texts('Wilhelmina, just now')).toBe(0);
  });

  it('by a request that is not written yet at its time is erased all the same', async () => {
    const { record } = sealRequest(
      {
        topic: 'notifications.request.v1',
        type: 'notifications.request.send',
        cause,
        causedBy: cause,
        handler: 'test',
        qualifier: 'not written yet',
        payload: {
          channel: 'sms',
          recipientId: 'per_ada',
          channelId: 'sms',
          text: 'Wilhelmina',
          ...naming(wilhelmina),
        },
      },
      { tenantId, group: 'telephony', requestedAtMs: Date.now(), installationKey: undefined },
    );
    const { event } = applicableRequest(defineRequestHandler(requestHandler), record);
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const writing = world.database.transaction([tenantId], async (tx) => {
      await defineRequestHandler(requestHandler).run([event], tx);
      entered.resolve();
      await release.promise;
    });
    await entered.promise;

    const erasing = world.erase(wilhelmina, erasedAt);
    try {
      await until('the erasure waits', async () => (await waitingForLocks(world.test)) === 1);
    } finally {
      release.resolve();
    }
    await Promise.all([writing, erasing]);

    const id = record.metadata.requestId as RequestId;
    expect(await world.stands(id, 'suppressed')).toMatchObject({ ...gone, code: 'erased', attempts: 0 });
  });
});

/** A sender has looked at it, and leaves it. */
async function rests(id: RequestId): Promise<void> {
  await until('a sender has looked', async () => {
    const [row] = await world.test.admin<{ isOver: boolean }>(
      `SELECT lease_owner IS NULL AND due_at > clock_timestamp() AS "isOver" FROM notifications.turn WHERE request_id = $1::uuid`,
      [id.slice(4)],
    );
    return row?.isOver;
  });
}
