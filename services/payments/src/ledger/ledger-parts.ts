import type { BatchHandler } from '@trunkline/consumer';
import { type EventTypeOf, topicEntry } from '@trunkline/events';

import { disputeFacts, type FactsOf, type LedgerTopic, paymentFacts, payoutFacts, refundFacts } from './facts.ts';
import { post } from './post.ts';

/** What the ledger needs of the product metrics; packages/runtime's fit. */
export interface LedgerMetrics {
  count(name: 'ledger_contradictions_total', labels: { readonly provider: string }): void;
}

export interface LedgerParts {
  readonly payment: BatchHandler<'payments.payment.v1'>;
  readonly refund: BatchHandler<'payments.refund.v1'>;
  readonly dispute: BatchHandler<'payments.dispute.v1'>;
  readonly payout: BatchHandler<'payments.payout.v1'>;
}

/** The ledger's part in what is done with the events of each topic that speaks of money. */
export function ledgerParts(metrics: LedgerMetrics): LedgerParts {
  return {
    payment: ledgerPart('payments.payment.v1', paymentFacts, metrics),
    refund: ledgerPart('payments.refund.v1', refundFacts, metrics),
    dispute: ledgerPart('payments.dispute.v1', disputeFacts, metrics),
    payout: ledgerPart('payments.payout.v1', payoutFacts, metrics),
  };
}

/** No event is stale to it: a late fact is a fact. */
function ledgerPart<T extends LedgerTopic>(topic: T, factsOf: FactsOf<T>, metrics: LedgerMetrics): BatchHandler<T> {
  const { entity, types } = topicEntry(topic);
  return {
    name: `${entity} ledger`,
    topic,
    // topicEntry has the wide types of the catalogue's own row, whose names EventTypeOf is made of.
    types: Object.keys(types) as EventTypeOf<T>[],
    async handleBatch(events, tx) {
      const contradicted = await post(
        tx,
        events.flatMap((event) => factsOf(event)),
      );
      // Where the transaction does not commit, the next run of the same events counts them again.
      for (const { provider } of contradicted) metrics.count('ledger_contradictions_total', { provider });
      return { stale: [] };
    },
  };
}
