import { defineHandler } from '@trunkline/consumer';
import { describe, expect, it } from 'vitest';

import { disputeFacts, type Fact, paymentFacts, payoutFacts, refundFacts } from './facts.ts';
import { ledgerParts } from './ledger-parts.ts';
import { consumed, told, type Told } from './testing/records.ts';

const parts = ledgerParts({ count: () => undefined });
const about = { objectId: 'x_1', occurredAt: 1_000 } as const;

function textsOf(facts: readonly Fact[]): readonly string[] {
  return facts.map(({ name, money }) => (money === null ? name : `${name} ${money.amount} ${money.currency}`));
}

describe('a payment', () => {
  const says = (state: string, stated: Told<'payments.payment.v1'>['stated']): readonly string[] =>
    textsOf(
      paymentFacts(
        consumed(defineHandler(parts.payment), told({ ...about, topic: 'payments.payment.v1', state, stated })),
      ),
    );

  it('that succeeded says what was received, and what was asked for where only that is told', () => {
    expect(says('succeeded', { amount: 500, amountReceived: 400, currency: 'EUR' })).toEqual([
      'payment.succeeded 400 EUR',
    ]);
    expect(says('succeeded', { amount: 500, currency: 'EUR' })).toEqual(['payment.succeeded 500 EUR']);
  });

  it('says so in an update, too, where that tells its status', () => {
    expect(says('updated', { status: 'succeeded', amountReceived: 400, currency: 'EUR' })).toEqual([
      'payment.succeeded 400 EUR',
    ]);
  });

  it('says what the provider kept of it where the event tells', () => {
    expect(says('succeeded', { amount: 500, currency: 'EUR', feeAmount: 20 })).toEqual([
      'payment.succeeded 500 EUR',
      'payment.fee 20 EUR',
    ]);
  });

  it('says nothing that could be added up without a currency, or before it succeeded', () => {
    expect(says('succeeded', { amount: 500 })).toEqual([]);
    expect(says('created', { amount: 500, currency: 'EUR' })).toEqual([]);
    expect(says('updated', { cardLast4: '4242' })).toEqual([]);
  });
});

describe('a refund', () => {
  const says = (state: string, stated: Told<'payments.refund.v1'>['stated']): readonly string[] =>
    textsOf(
      refundFacts(
        consumed(defineHandler(parts.refund), told({ ...about, topic: 'payments.refund.v1', state, stated })),
      ),
    );

  it.each([
    ['created', []],
    ['succeeded', ['refund.succeeded 500 EUR']],
    ['failed', ['refund.failed']],
  ])('that is %s says %j', (state, expected) => {
    expect(says(state, { amount: 500, currency: 'EUR' })).toEqual(expected);
  });
});

describe('a dispute', () => {
  const says = (state: string, stated: Told<'payments.dispute.v1'>['stated']): readonly string[] =>
    textsOf(
      disputeFacts(
        consumed(
          defineHandler(parts.dispute),
          told({ ...about, topic: 'payments.dispute.v1', state, stated: { amount: 500, currency: 'EUR', ...stated } }),
        ),
      ),
    );

  it('says that money was withdrawn when it is opened, and not while it only inquires', () => {
    expect(says('opened', { stage: 'chargeback' })).toEqual(['dispute.opened 500 EUR']);
    expect(says('opened', {})).toEqual(['dispute.opened 500 EUR']);
    expect(says('opened', { stage: 'inquiry' })).toEqual([]);
  });

  it('says so when an inquiry becomes a chargeback, or the provider names the withdrawal', () => {
    expect(says('updated', { status: 'opened', stage: 'chargeback' })).toEqual(['dispute.opened 500 EUR']);
    expect(says('funds_withdrawn', { stage: 'inquiry' })).toEqual(['dispute.opened 500 EUR']);
  });

  it.each([
    ['won', 'dispute.won'],
    ['warning_closed', 'dispute.won'],
    ['prevented', 'dispute.won'],
    ['withdrawn', 'dispute.won'],
    ['lost', 'dispute.lost'],
    ['a word of tomorrow', 'dispute.lost'],
  ])('that ends as %s says %s', (outcome, expected) => {
    expect(says('closed', { outcome })).toEqual([expected]);
  });

  it('says that it is won when its money comes back', () => {
    expect(says('funds_reinstated', { status: 'closed', outcome: 'lost' })).toEqual(['dispute.won']);
  });
});

describe('a payout', () => {
  const says = (state: string, stated: Told<'payments.payout.v1'>['stated'] = {}): readonly string[] =>
    textsOf(
      payoutFacts(
        consumed(
          defineHandler(parts.payout),
          told({ ...about, topic: 'payments.payout.v1', state, stated: { amount: -500, currency: 'EUR', ...stated } }),
        ),
      ),
    );

  it('says that it was paid or came back, by its type or by the status of an update', () => {
    expect(says('created')).toEqual([]);
    expect(says('paid')).toEqual(['payout.paid -500 EUR']);
    expect(says('reconciled', { status: 'paid' })).toEqual(['payout.paid -500 EUR']);
    expect(says('failed')).toEqual(['payout.failed']);
    expect(says('canceled')).toEqual(['payout.failed']);
  });
});
