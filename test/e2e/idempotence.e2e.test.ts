import { until } from '@trunkline/installation';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { trunkline } from './cli.ts';
import { countOn, groupLag, inboxRows, paymentRows, recordsOfEvent } from './facts.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

let world: E2eWorld;
beforeAll(async () => {
  world = await startWorld(inject('stack'), { services: ['payments'] });
});
afterAll(() => world?.close());

describe('the same delivery, fifty times, ten at once', () => {
  it('is fifty 2xx, one event id, one inbox row and one payment', async () => {
    const words = [
      'send',
      'stripe',
      'payment_intent.succeeded',
      '--entity',
      'pi_fifty',
      '--times',
      '50',
      '--concurrency',
      '10',
      '--same-id',
    ];

    const sent = await trunkline(world, words);

    const { answers, eventIds } = sent.json as {
      readonly answers: readonly { readonly status: number }[];
      readonly eventIds: readonly string[];
    };
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(eventIds).toEqual([expect.stringMatching(/^evt_[0-9a-f]{32}$/)]);
    expect(await recordsOfEvent(world, 'payments.payment.v1', eventIds[0])).toHaveLength(50);
    await until('payments has finished all fifty', async () => (await groupLag(world, 'payments')) === 0);
    expect(await inboxRows(world, eventIds)).toEqual([
      { outcome: 'applied', via: 'main', attempt: 1, redrive_count: 0 },
    ]);
    expect(await paymentRows(world, ['pi_fifty'])).toHaveLength(1);
    expect(await countOn(world, 'payments.dlt')).toBe(0);
  });
});

describe('the history created, processing, succeeded', () => {
  const history = ['payment_intent.created', 'payment_intent.processing', 'payment_intent.succeeded'];

  it('ends succeeded, in whatever order it arrives', async () => {
    const stories = permutations(history).map((order, index) => ({ payment: `order${index}`, order }));

    const eventIds = await Promise.all(stories.map((story) => tell(story)));

    const all = eventIds.flat();
    await until('every event is done', async () => (await inboxRows(world, all)).length === all.length);
    const statuses = await Promise.all(
      stories.map(async ({ payment }) => (await paymentRows(world, [paymentId(payment)])).map(({ status }) => status)),
    );
    expect(new Set(all).size).toBe(18);
    expect(statuses).toEqual(stories.map(() => ['succeeded']));
  });
});

/** Delivers one event after the other, each when the one before has had its effect: no batch may put them in order. */
async function tell({
  payment,
  order,
}: {
  readonly payment: string;
  readonly order: readonly string[];
}): Promise<readonly string[]> {
  const told: string[] = [];
  for (const fixture of order) {
    const { eventIds } = await world.deliver({ fixture, payment });
    told.push(...eventIds);
    await until(`${fixture} of ${payment} is done`, async () => (await inboxRows(world, told)).length === told.length);
  }
  return told;
}

function permutations(items: readonly string[]): readonly (readonly string[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
