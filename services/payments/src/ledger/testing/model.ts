import type { RecordOf } from '@trunkline/events';

import type { LedgerTopic } from '../facts.ts';

export type LedgerRecord = { readonly [T in LedgerTopic]: RecordOf<T> }[LedgerTopic];

/**
 * What the ledger should come to, said as simply as it can be: everything that was told of an object, at once. It knows
 * no order, no batch and no posting.
 */
export function modelBalances(records: readonly LedgerRecord[]): Readonly<Record<string, bigint>> {
  const sums: Record<string, bigint> = {};
  for (const told of Map.groupBy(records, objectOf).values()) {
    const [first] = told;
    if (first === undefined) continue;
    const { tenantId, provider, account, entityKind, entityId } = first.metadata;
    const add = (side: string, currency: string | null, amount: bigint): void => {
      const name = [tenantId, provider, account, entityKind, entityId, side, currency].join(' ');
      sums[name] = (sums[name] ?? 0n) + amount;
    };
    const move = (debit: string, credit: string, { amount, currency }: LedgerRecord): void => {
      add(debit, currency, BigInt(amount ?? 0));
      add(credit, currency, -BigInt(amount ?? 0));
    };
    const newest = (...types: readonly string[]): LedgerRecord | undefined =>
      told
        .filter(({ metadata }) => types.includes(metadata.type))
        .toSorted((a, b) => (a.metadata.entityVersion < b.metadata.entityVersion ? -1 : 1))
        .at(-1);

    const paid = newest('payments.payment.succeeded');
    if (paid !== undefined) move('balance', 'received', paid);

    const refund = newest('payments.refund.succeeded');
    const isReturned = newest('payments.refund.failed') !== undefined;
    if (refund !== undefined && !isReturned) move('refunded', 'balance', refund);

    const dispute = newest('payments.dispute.opened');
    const end = newest('payments.dispute.closed');
    const isWon = end !== undefined && 'outcome' in end && end.outcome === 'won';
    if (dispute !== undefined && !isWon) move('disputed', 'balance', dispute);

    const payout = newest('payments.payout.paid');
    const isBack = newest('payments.payout.failed') !== undefined;
    if (payout !== undefined && !isBack) move('payout', 'balance', payout);
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

function objectOf({ metadata }: LedgerRecord): string {
  const { tenantId, provider, account, entityKind, entityId } = metadata;
  return JSON.stringify([tenantId, provider, account, entityKind, entityId]);
}
