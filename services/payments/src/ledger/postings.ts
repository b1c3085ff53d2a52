import type { EventId } from '@trunkline/core';
import { compareVersions } from '@trunkline/events';

import type { Fact, FactName, Money } from './facts.ts';
import { type KnownFact, newestOf } from './known-facts.ts';

/** What money can stand on. The list is closed: the migration checks it. */
export type LedgerAccount = 'balance' | 'received' | 'refunded' | 'disputed' | 'payout' | 'fees' | 'adjustment';

/** One row of payments.posting: debit and credit in one, so that it balances by being one. */
export interface Posting extends Money {
  /** The name of the rule, and `@<version>` where it changes what was posted before. */
  readonly name: string;
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  readonly effectiveAtMs: number;
  readonly eventId: EventId;
}

interface Rule {
  readonly name: string;
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  /** How much: what the newest version of this fact says. Without it nothing is posted. */
  readonly amountOf: FactName;
  /** What has to be known besides. The last of them is what happened. */
  readonly needs?: readonly FactName[];
  /** Takes the last of `needs` back where it is newer. */
  readonly unless?: FactName;
}

/**
 * What follows from facts. A reversal needs the fact whose posting it reverses, so it is written by whichever of the two
 * arrives second, and a failure alone moves nothing. Facts are never forgotten: what is due depends on which are known
 * and not on their order.
 *
 * The view payments.ledger_difference states the same rules.
 */
export const rules: readonly Rule[] = [
  { name: 'received', debit: 'balance', credit: 'received', amountOf: 'payment.succeeded' },
  { name: 'payment_fee', debit: 'fees', credit: 'balance', amountOf: 'payment.fee', needs: ['payment.succeeded'] },
  { name: 'refunded', debit: 'refunded', credit: 'balance', amountOf: 'refund.succeeded' },
  // Also where a success is dated after the failure: a refund that failed is given again as another one.
  {
    name: 'refund_returned',
    debit: 'balance',
    credit: 'refunded',
    amountOf: 'refund.succeeded',
    needs: ['refund.failed'],
  },
  { name: 'refund_fee', debit: 'balance', credit: 'fees', amountOf: 'refund.fee', needs: ['refund.succeeded'] },
  {
    name: 'refund_fee_returned',
    debit: 'fees',
    credit: 'balance',
    amountOf: 'refund.fee',
    needs: ['refund.succeeded', 'refund.failed'],
  },
  { name: 'withdrawn', debit: 'disputed', credit: 'balance', amountOf: 'dispute.opened' },
  {
    name: 'reinstated',
    debit: 'balance',
    credit: 'disputed',
    amountOf: 'dispute.opened',
    needs: ['dispute.won'],
    unless: 'dispute.lost',
  },
  { name: 'dispute_fee', debit: 'fees', credit: 'balance', amountOf: 'dispute.fee', needs: ['dispute.opened'] },
  { name: 'paid_out', debit: 'payout', credit: 'balance', amountOf: 'payout.paid' },
  { name: 'payout_returned', debit: 'balance', credit: 'payout', amountOf: 'payout.paid', needs: ['payout.failed'] },
];

/** What is posted of an object so far, as far as it matters. */
export type Posted = Pick<Posting, 'name' | 'debit' | 'amount' | 'currency'>;

/**
 * The postings that bring an object to what is known of it, after `told` was learned: per rule what is due less what is
 * posted. The first of a rule has its name and its own time; a later one is called after the version that changed it.
 */
export function postingsDue(
  known: readonly KnownFact[],
  told: readonly Fact[],
  posted: readonly Posted[],
): readonly Posting[] {
  const newest = newestOf(known);
  const cause = told.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1);
  if (cause === undefined) return [];
  return rules
    .filter(({ amountOf }) => newest.has(amountOf))
    .flatMap((rule) => {
      const due = dueBy(rule, newest);
      const own = posted.filter(({ name }) => name.split('@', 1)[0] === rule.name);
      const sums = new Map<string, bigint>(due === undefined ? [] : [[due.money.currency, due.money.amount]]);
      for (const { debit, amount, currency } of own) {
        sums.set(currency, (sums.get(currency) ?? 0n) - (debit === rule.debit ? amount : -amount));
      }
      return [...sums].flatMap(([currency, difference]): readonly Posting[] => {
        if (difference === 0n) return [];
        const isFirst = own.length === 0;
        const { occurredAtMs, eventId } = (isFirst ? due?.happened : undefined) ?? cause;
        // What was posted in another currency than now goes back in a row of its own.
        const suffix = currency === due?.money.currency ? '' : `/${currency}`;
        return [
          {
            name: isFirst ? rule.name : `${rule.name}@${cause.version}${suffix}`,
            ...(difference > 0n
              ? { debit: rule.debit, credit: rule.credit }
              : { debit: rule.credit, credit: rule.debit }),
            amount: difference > 0n ? difference : -difference,
            currency,
            effectiveAtMs: occurredAtMs,
            eventId,
          },
        ];
      });
    });
}

interface Due {
  readonly money: Money;
  readonly happened: Fact;
}

function dueBy(rule: Rule, newest: ReadonlyMap<FactName, KnownFact>): Due | undefined {
  const amount = newest.get(rule.amountOf);
  if (amount === undefined || amount.money === null) return undefined;
  let happened: Fact = amount;
  for (const name of rule.needs ?? []) {
    const needed = newest.get(name);
    if (needed === undefined) return undefined;
    happened = needed;
  }
  const against = rule.unless === undefined ? undefined : newest.get(rule.unless);
  if (against !== undefined && compareVersions(against.version, happened.version) >= 0) return undefined;
  return { money: amount.money, happened };
}
