import type { RequestId } from '@trunkline/core';
import { until } from '@trunkline/installation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { burst, type SendingWorld, startSendingWorld } from '../testing/sending-world.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
  world.burstMessages = 3;
});
// Each test is later than the time in which the messages of the one before count.
let startMs = 0;
beforeEach(() => {
  startMs += 2 * burst.windowMs;
  world.aheadMs = startMs;
});
afterEach(() => world.twilio.fail(undefined));
afterAll(() => world?.close());

const texts = (body: string): number => world.twilio.messages.filter((message) => message.body.includes(body)).length;

/** Asks for as many, all at one time, and gives those that were collapsed. */
async function askMany(name: string, count: number, payload = {}): Promise<readonly RequestId[]> {
  const ids: RequestId[] = [];
  for (let no = 0; no < count; no += 1) ids.push(await world.ask(`${name} ${no}`, { notAfter: worthMs(), ...payload }));
  const states = await until('all are told or collapsed', async () => {
    const rows = await Promise.all(ids.map(async (id) => (await world.message(id))?.state));
    return rows.every((state) => state === 'accepted' || state === 'collapsed') ? rows : undefined;
  });
  return ids.filter((_, index) => states[index] === 'collapsed');
}

/** By the clock of the senders. */
const worthMs = (forMs = 86_400_000): number => Date.now() + world.aheadMs + forMs;

describe('more messages to a person by one channel than anybody reads', () => {
  it('are told one by one up to the limit, and the rest as one message, which each names', async () => {
    const collapsed = await askMany('a burst', 8);
    const digests = new Set(await Promise.all(collapsed.map((id) => world.digestOf(id))));
    const toldBefore = texts('a burst');
    const [digest, ...others] = digests;
    if (digest === undefined || digest === null) throw new Error('no digest');

    await world.makeDue(digest);
    await world.stands(digest, 'accepted');

    expect(toldBefore).toBe(3);
    expect(collapsed).toHaveLength(5);
    expect(others).toEqual([]);
    const [told, ...more] = world.twilio.messages.filter(({ body }) => body.startsWith('5 Nachrichten'));
    expect(more).toEqual([]);
    expect(told?.body.split('\n')).toEqual([
      '5 Nachrichten in kurzer Zeit:',
      ...(await Promise.all(collapsed.map(async (id) => world.textOf(id)))),
    ]);
    expect(await world.message(collapsed[0] ?? digest)).toMatchObject({
      state: 'collapsed',
      code: 'burst',
      attempts: 0,
    });
  });

  it('gather until the digest is told; what comes later goes by the next one', async () => {
    const [first = missing()] = await askMany('gathered', 4);
    const digest = (await world.digestOf(first)) ?? missing();
    const [second = missing()] = await askMany('gathered, too', 1);
    await world.makeDue(digest);
    await world.stands(digest, 'accepted');
    const [third = missing()] = await askMany('too late for it', 1);

    expect(await world.digestOf(second)).toBe(digest);
    expect(await world.digestOf(third)).not.toBe(digest);
  });

  it('are told one by one again when the time is over, and by another channel meanwhile', async () => {
    await askMany('first', 3);

    const elsewhere = await askMany('elsewhere', 1, { channelId: 'second' });
    world.aheadMs += burst.windowMs;
    const later = await askMany('later', 1);

    expect([...elsewhere, ...later]).toEqual([]);
  });

  it('are not told of when it is too late for them, and a digest of nothing is not sent', async () => {
    await askMany('before', 3);
    const [short = missing()] = await askMany('worth a minute', 1, { notAfter: worthMs(60_000) });
    const [long = missing()] = await askMany('worth a day', 1);
    const digest = (await world.digestOf(short)) ?? missing();
    world.aheadMs += 120_000;
    await world.makeDue(digest);
    await world.stands(digest, 'accepted');
    const [only = missing()] = await askMany('worth a minute, too', 1, { notAfter: worthMs(60_000) });
    const empty = (await world.digestOf(only)) ?? missing();
    world.aheadMs += 120_000;
    await world.makeDue(empty);
    await world.stands(empty, 'expired');

    expect(await world.message(short)).toMatchObject({ state: 'expired', code: 'too_late' });
    expect(await world.message(long)).toMatchObject({ state: 'collapsed' });
    expect(await world.message(only)).toMatchObject({ state: 'expired' });
    expect(texts('worth a minute')).toBe(0);
    expect(texts('worth a day')).toBe(1);
  });

  it('that are alerts go by a digest that is an alert, too', async () => {
    const alert = { text: null, template: 'operator_messages_held', parametersJson: '{"tenant":"tnt_a","count":1}' };
    const [first = missing()] = await askMany('an alert', 4, alert);

    const digest = (await world.digestOf(first)) ?? missing();

    const [row] = await world.test.admin<{ template: string }>(
      'SELECT template FROM notifications.message WHERE request_id = $1::uuid',
      [digest.slice(4)],
    );
    expect(row?.template).toBe('operator_digest');
  });
});

function missing(): never {
  throw new Error('nothing was collapsed');
}
