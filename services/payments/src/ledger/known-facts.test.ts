import { eventId } from '@trunkline/core';
import { entityVersion } from '@trunkline/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Fact } from './facts.ts';
import { isContradicted, type KnownFact, learn, newestOf } from './known-facts.ts';

function succeeded(occurredAtMs: number, amount: number, correction = 0): Fact {
  const parts = [occurredAtMs, amount, correction].map(String);
  const id = eventId({ sourceId: 'src_1', basis: 'key', parts, entity: 'payments.payment', qualifier: '', correction });
  const version = entityVersion({
    lead: 1,
    step: 4,
    occurredAtMs,
    correction,
    receivedAtMs: occurredAtMs,
    eventId: id,
  });
  const object = { tenantId: 'tnt_a', provider: 'stripe', account: 'acct_1', kind: 'payment', entityId: 'pi_1' };
  return {
    object,
    name: 'payment.succeeded',
    money: { amount: BigInt(amount), currency: 'EUR' },
    occurredAtMs,
    version,
    eventId: id,
  };
}

const told = (...facts: readonly Fact[]): readonly KnownFact[] => learn([], facts).known;

describe('what is known of an object', () => {
  it('keeps each different thing once, by the newest version that said it', () => {
    const [first, again, otherwise] = [succeeded(1, 500), succeeded(3, 500), succeeded(2, 700)];

    const known = told(first, again, otherwise);

    expect(known.map(({ row, version }) => [row, version])).toEqual([
      ['payment.succeeded', again.version],
      [`payment.succeeded@${otherwise.version}`, otherwise.version],
    ]);
    expect(newestOf(known).get('payment.succeeded')?.money?.amount).toBe(500n);
  });

  it('is contradicted by another amount, and no longer after a correction', () => {
    expect(isContradicted(told(succeeded(1, 500), succeeded(1, 500)))).toBe(false);
    expect(isContradicted(told(succeeded(1, 500), succeeded(2, 700)))).toBe(true);
    expect(isContradicted(told(succeeded(1, 500), succeeded(1, 700), succeeded(1, 600, 1)))).toBe(false);
    expect(isContradicted(told(succeeded(1, 500), succeeded(1, 600, 1), succeeded(2, 700)))).toBe(true);
  });

  it('says the same in whatever order, how often and in how many turns it was told', () => {
    const fact = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(100, 200, 300), fc.constantFrom(0, 0, 1))
      .map(([at, amount, correction]) => succeeded(at, amount, correction));
    const facts = fc.array(fact, { minLength: 1, maxLength: 8 });
    const saying = (known: readonly KnownFact[]): unknown => [
      known.map(({ money, version }) => `${money?.amount} ${version}`).toSorted(),
      isContradicted(known),
    ];

    fc.assert(
      fc.property(
        facts.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
        ),
        ([all, shuffled]) => {
          const oneByOne = shuffled.reduce<readonly KnownFact[]>((known, next) => learn(known, [next]).known, []);

          expect(saying(oneByOne)).toEqual(saying(told(...all)));
        },
      ),
    );
  });
});
