import { applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import type { RequestId } from '@trunkline/core';
import type { EventTypeOf } from '@trunkline/events';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { type SendingWorld, startSendingWorld } from '../testing/sending-world.ts';
import { emailEvidence } from './email-evidence.ts';
import { messageEvidence } from './message-evidence.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
afterEach(() => world.twilio.fail(undefined));
afterAll(() => world?.close());

interface Told {
  readonly state: 'sent' | 'delivered' | 'failed';
  readonly at: number;
  readonly sid: string;
  readonly requestId?: RequestId;
  readonly tenantId?: string;
  /** Why it failed. */
  readonly code?: string;
}

async function tell(...all: readonly Told[]): Promise<void> {
  const handler = defineHandler(messageEvidence);
  const items = all.map(({ state, at, sid, requestId, tenantId = 'tnt_a', code = '30003' }) => {
    const type: EventTypeOf<'telephony.message.v1'> = `telephony.message.${state}`;
    const stated = { failureCode: state === 'failed' ? code : null, clientReference: requestId ?? null };
    const record = testRecord({
      topic: 'telephony.message.v1',
      type,
      kind: 'message',
      entityId: sid,
      occurredAt: at,
      tenantId,
      stated,
    });
    return applicable(handler, { ...record, metadata: { ...record.metadata, provider: 'twilio' } });
  });
  await applyEvents(world.database, items, { deadlineMs: 60_000 });
}

describe("what a provider's own webhook tells of a message", () => {
  it('moves it, whichever of several comes first', async () => {
    const id = await world.ask('two callbacks');
    const { provider_message_id: sid } = await world.stands(id, 'accepted');
    const told = { sid: sid ?? '', requestId: id };

    await tell({ ...told, state: 'delivered', at: 2_000 });
    await tell({ ...told, state: 'sent', at: 1_000 });

    expect(await world.message(id)).toMatchObject({ state: 'delivered', code: null });
  });

  it('says that it did not arrive, and why', async () => {
    const id = await world.ask('no phone there');
    const { provider_message_id: sid } = await world.stands(id, 'accepted');

    await tell({ state: 'sent', at: 1_000, sid: sid ?? '' }, { state: 'failed', at: 2_000, sid: sid ?? '' });

    expect(await world.message(id)).toMatchObject({ state: 'undelivered', code: '30003' });
  });

  it('may have a zero byte in its reason', async () => {
    const id = await world.ask('an odd reason');
    const { provider_message_id: sid } = await world.stands(id, 'accepted');

    await tell({ state: 'failed', at: 1_000, sid: sid ?? '', code: '3\u0000' });

    expect(await world.message(id)).toMatchObject({ state: 'undelivered', code: '3\u{fffd}' });
  });

  it('is evidence of one whose answer was lost', async () => {
    world.twilio.fail({ kind: 'lose' });
    const id = await world.ask('lost');
    await world.stands(id, 'held');

    await tell({ state: 'sent', at: 1_000, sid: 'SMlost', requestId: id });

    expect(await world.message(id)).toMatchObject({ state: 'accepted', provider_message_id: 'SMlost' });
  });

  it('may be here before the answer is, and stays', async () => {
    const answer = Promise.withResolvers<void>();
    world.twilio.fail({ kind: 'late', until: answer.promise });
    const id = await world.ask('slow');
    await world.stands(id, 'sending');

    await tell({ state: 'delivered', at: 1_000, sid: 'SMslow', requestId: id });
    answer.resolve();
    await world.ended(id);

    expect(await world.calls(id)).toEqual(['accepted']);
    expect(await world.message(id)).toMatchObject({ state: 'delivered' });
  });

  it("moves nothing of another tenant's, and nothing that was never sent", async () => {
    const sent = await world.ask('ours');
    const { provider_message_id: sid } = await world.stands(sent, 'accepted');
    const never = await world.ask('never', { recipientId: 'per_nobody' });
    await world.stands(never, 'suppressed');

    await tell({ state: 'delivered', at: 1_000, sid: sid ?? '', requestId: sent, tenantId: 'tnt_b' });
    await tell({ state: 'delivered', at: 1_000, sid: 'SMnever', requestId: never });

    expect(await world.message(sent)).toMatchObject({ state: 'accepted' });
    expect(await world.message(never)).toMatchObject({ state: 'suppressed' });
  });

  it('is read from what a mail gives back', async () => {
    const id = await world.ask('a mail', { channel: 'email', channelId: 'mail' });
    await world.stands(id, 'accepted');
    const record = testRecord({
      topic: 'communications.email.v1',
      type: 'communications.email.bounced',
      kind: 'email',
      entityId: 'another id',
      occurredAt: 1_000,
      stated: { attributesJson: JSON.stringify({ trunkline_request: id }), responseCode: '550' },
    });

    await applyEvents(world.database, [applicable(defineHandler(emailEvidence), record)], { deadlineMs: 60_000 });

    expect(await world.message(id)).toMatchObject({ state: 'undelivered', code: '550' });
  });
});
