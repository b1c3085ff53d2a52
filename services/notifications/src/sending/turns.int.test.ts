import { until } from '@trunkline/installation';
import { createSenders } from '@trunkline/sources/senders';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type SendingWorld, startSendingWorld } from '../testing/sending-world.ts';
import { sendingLimits } from './limits.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
afterAll(() => world?.close());

/** What one tenant may have while nobody else has any. */
const share = sendingLimits.lanes - sendingLimits.keptLanes;

describe('a tenant whose provider does not answer', () => {
  it('keeps no message of another tenant waiting, however many of its own do', async () => {
    const answers = Promise.withResolvers<void>();
    world.twilio.fail({ kind: 'late', until: answers.promise });
    world.senders = createSenders([
      ...world.both.all(),
      ...world.both.all().map((sender) => ({ ...sender, id: `${sender.id}_b`, tenant: 'tnt_b' })),
    ]);
    const slow = await Promise.all(
      Array.from({ length: 2 * sendingLimits.lanes }, (_, index) => world.ask(`slow ${index}`)),
    );
    await until('as many as may be are under way', () => Promise.resolve(world.twilio.requests.length >= share));

    const quick = await world.ask(
      'quick',
      { channel: 'email', recipientId: null, channelId: null, recipientAddress: 'bo@b.example' },
      'tnt_b',
    );
    await world.stands(quick, 'accepted');

    // None of the others has ended meanwhile, and none has begun in the lanes that are kept.
    expect(world.twilio.requests).toHaveLength(share);
    world.twilio.fail(undefined);
    answers.resolve();
    for (const id of slow) await world.stands(id, 'accepted');
    expect(world.twilio.messages).toHaveLength(slow.length);
  });
});
