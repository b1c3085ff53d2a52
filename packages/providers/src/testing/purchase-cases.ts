import { describe, expect, it } from 'vitest';

import type { ProviderDefinition } from '../contract/provider.ts';
import { loadFixture } from '../fixtures.ts';
import { sealedFixture } from './fixture-outcome.ts';

/** One purchase, told by all the webhooks that a provider sends about it. */
export interface Purchase {
  readonly title: string;
  /** Fixtures about the same money, in their order. */
  readonly fixtures: readonly string[];
  /** The one payment it is: `<kind>/<id>`. */
  readonly payment: string;
  /** What else it is told by, of other topics of payments: an order, an invoice. */
  readonly others?: readonly string[];
}

/**
 * Whoever adds up payments must count a purchase once, however many messages tell of it: each of them is about the one
 * payment, about something that is no payment, or is passed on.
 */
export function describePurchase<O>(definition: ProviderDefinition<O>, purchase: Purchase): void {
  describe(`a purchase with ${definition.title}, ${purchase.title},`, () => {
    const events = purchase.fixtures.flatMap(
      (name) => sealedFixture(definition, loadFixture(definition.name, name)).events,
    );

    it('is one payment that succeeds once', () => {
      const payments = events.filter(({ topic }) => topic === 'payments.payment.v1');

      expect(new Set(payments.map(({ subject }) => subject))).toEqual(new Set([purchase.payment]));
      expect(payments.filter(({ type }) => type === 'payments.payment.succeeded')).toHaveLength(1);
    });

    it('is told by nothing else that could be counted as money that came in', () => {
      const others = events.filter(({ topic }) => topic.startsWith('payments.') && topic !== 'payments.payment.v1');

      expect([...new Set(others.map(({ subject }) => subject))].toSorted()).toEqual(
        [...(purchase.others ?? [])].toSorted(),
      );
    });

    it('has an event id of its own for each message', () => {
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(purchase.fixtures.length);
    });
  });
}
