import { type ConsumedEvent, entityOf } from '@trunkline/consumer';
import type { EventId } from '@trunkline/core';
import type { Metadata } from '@trunkline/events';
import type { EntityKey } from '@trunkline/postgres';

/** The topics that speak of money that moved. */
export type LedgerTopic = 'payments.payment.v1' | 'payments.refund.v1' | 'payments.dispute.v1' | 'payments.payout.v1';

/** What can be said about the money of an object. The list is closed and only grows. */
export type FactName =
  | 'payment.succeeded'
  | 'payment.fee'
  | 'refund.succeeded'
  | 'refund.failed'
  | 'refund.fee'
  | 'dispute.opened'
  | 'dispute.won'
  | 'dispute.lost'
  | 'dispute.fee'
  | 'payout.paid'
  | 'payout.failed';

export interface Money {
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
}

/** What one event says about the money of one object. */
export interface Fact {
  readonly object: EntityKey;
  readonly name: FactName;
  /** Null where the fact only says that something happened. */
  readonly money: Money | null;
  readonly occurredAtMs: number;
  /** `metadata.entityVersion`: of two that say different things the greater counts. */
  readonly version: string;
  readonly eventId: EventId;
}

/** How the facts of an event are read; nothing where it says nothing about money. */
export type FactsOf<T extends LedgerTopic> = (event: ConsumedEvent<T>) => readonly Fact[];

export const paymentFacts: FactsOf<'payments.payment.v1'> = (event) => {
  const { record, type } = event;
  const isPaid = type === 'payments.payment.succeeded' || record.status === 'succeeded';
  return [
    // A provider that captures all or nothing does not say separately what it received.
    ...(isPaid ? fact(event, 'payment.succeeded', moneyOf(record.amountReceived ?? record.amount, record)) : []),
    ...fact(event, 'payment.fee', moneyOf(record.feeAmount, record)),
  ];
};

export const refundFacts: FactsOf<'payments.refund.v1'> = (event) => {
  const { record, type } = event;
  const isGiven = type === 'payments.refund.succeeded' || record.status === 'succeeded';
  const isReturned = type === 'payments.refund.failed' || record.status === 'failed';
  return [
    ...(isGiven ? fact(event, 'refund.succeeded', moneyOf(record.amount, record)) : []),
    ...(isReturned ? fact(event, 'refund.failed', null) : []),
    ...fact(event, 'refund.fee', moneyOf(record.feeAmount, record)),
  ];
};

/** Outcomes after which the money is the merchant's. Every other word leaves it where it is. */
const inFavour: ReadonlySet<string> = new Set(['won', 'warning_closed', 'prevented', 'withdrawn']);

export const disputeFacts: FactsOf<'payments.dispute.v1'> = (event) => {
  const { record, type } = event;
  const isOpen =
    type === 'payments.dispute.opened' || (type === 'payments.dispute.updated' && record.status === 'opened');
  // An inquiry asks and takes nothing, until it becomes a chargeback.
  const isWithdrawn = type === 'payments.dispute.funds_withdrawn' || (isOpen && record.stage !== 'inquiry');
  return [
    ...(isWithdrawn ? fact(event, 'dispute.opened', moneyOf(record.amount, record)) : []),
    ...endOf(event).flatMap((name) => fact(event, name, null)),
    ...fact(event, 'dispute.fee', moneyOf(record.feeAmount, record)),
  ];
};

function endOf({ record, type }: ConsumedEvent<'payments.dispute.v1'>): readonly FactName[] {
  if (type === 'payments.dispute.funds_reinstated') return ['dispute.won'];
  if (type !== 'payments.dispute.closed' && record.status !== 'closed') return [];
  return [inFavour.has(record.outcome ?? '') ? 'dispute.won' : 'dispute.lost'];
}

export const payoutFacts: FactsOf<'payments.payout.v1'> = (event) => {
  const { record, type } = event;
  const isPaid = type === 'payments.payout.paid' || record.status === 'paid';
  const isReturned =
    type === 'payments.payout.failed' ||
    type === 'payments.payout.canceled' ||
    record.status === 'failed' ||
    record.status === 'canceled';
  return [
    ...(isPaid ? fact(event, 'payout.paid', moneyOf(record.amount, record)) : []),
    ...(isReturned ? fact(event, 'payout.failed', null) : []),
  ];
};

/** Undefined: the event does not say how much, so it says nothing that could be added up. */
function moneyOf(amount: number | null, { currency }: { readonly currency: string | null }): Money | undefined {
  return amount === null || currency === null ? undefined : { amount: BigInt(amount), currency };
}

function fact(
  { eventId, record }: ConsumedEvent<LedgerTopic>,
  name: FactName,
  money: Money | null | undefined,
): readonly Fact[] {
  if (money === undefined) return [];
  const metadata: Metadata = record.metadata;
  const { occurredAt: occurredAtMs, entityVersion: version } = metadata;
  return [{ object: entityOf(metadata), name, money, occurredAtMs, version, eventId }];
}
