import { lookForAlerts } from '@trunkline/consumer/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { alerts } from './alerts.ts';
import { type SendingWorld, startSendingWorld } from './testing/sending-world.ts';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
});
afterEach(() => world.twilio.fail(undefined));
afterAll(() => world?.close());

const look = () => lookForAlerts(world.database, alerts);

describe('operators are told', () => {
  it('of messages that wait for a decision, once until all are decided', async () => {
    world.twilio.fail({ kind: 'lose' });
    const [first, second] = [await world.ask('held'), await world.ask('held, too')];
    await Promise.all([world.stands(first, 'held'), world.stands(second, 'held')]);
    const told = await look();
    await world.decide(first, 'drop');
    await world.stands(first, 'suppressed');
    const meanwhile = await look();
    await world.decide(second, 'drop');
    await world.stands(second, 'suppressed');
    await look();
    await world.stands(await world.ask('held again'), 'held');

    expect(told).toMatchObject([
      { template: 'operator_messages_held', subject: 'tnt_a', parameters: { tenant: 'tnt_a', count: 2 } },
    ]);
    expect(meanwhile).toEqual([]);
    expect(await look()).toHaveLength(1);
  });

  it('of messages that failed, with the reason', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    await world.stands(await world.ask('refused'), 'failed');

    expect(await look()).toEqual([
      {
        template: 'operator_messages_failed',
        subject: 'tnt_a',
        parameters: { tenant: 'tnt_a', count: 1, reason: 'upstream_4xx' },
      },
    ]);
  });

  it('nothing of alerts that are held or fail: they would ask for each other without an end', async () => {
    await world.test.empty('notifications.message', 'notifications.alert');
    const alert = { text: null, template: 'operator_messages_held', parametersJson: '{"tenant":"tnt_a","count":1}' };
    world.twilio.fail({ kind: 'lose' });
    await world.stands(await world.ask('an alert that is held', alert), 'held');
    world.twilio.fail({ kind: 'refuse', status: 400 });
    await world.stands(await world.ask('an alert that fails', alert), 'failed');

    expect(await look()).toEqual([]);
  });
});
