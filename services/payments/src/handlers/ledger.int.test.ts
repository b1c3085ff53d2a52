import { sequence } from '@trunkline/consumer';
import { describeSequence, recordsAbout, type SequenceConformance, testOffers } from '@trunkline/consumer/testing';
import type { Transaction } from '@trunkline/postgres';
import type { Template } from '@trunkline/sources/directory';
import { inject } from 'vitest';

import { ledgerParts } from '../ledger/ledger-parts.ts';
import { directory } from '../testing/directory.ts';
import { service } from '../testing/service.ts';
import { disputeOpened } from './dispute-opened.ts';
import { disputeHandler } from './dispute.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentHandler } from './payment.ts';
import { payoutFailed } from './payout-failed.ts';
import { payoutHandler } from './payout.ts';
import { refundFailed } from './refund-failed.ts';
import { refundHandler } from './refund.ts';

/** What is done with the topics that speak of money: the newest state of each object, the ledger, and who is told. */

const offers = await testOffers('payments', { directory, clock: () => 60_000 });
const ledger = ledgerParts(offers.metrics);
const adminUrl = inject('stack').postgresAdminUrl;

function statesOf(entity: string, template: Template): SequenceConformance<'payments.payment.v1'>['states'] {
  return {
    [entity]: (tx) =>
      tx.query(`SELECT to_jsonb(t) - 'updated_at' AS row FROM ${tx.schema}.${entity} t ORDER BY tenant_id, entity_id`),
    [`${entity} ledger`]: (tx: Transaction) =>
      tx.query(
        `SELECT object_id, split_part(posting, '@', 1) AS posting, sum(amount)::text AS amount
FROM ${tx.schema}.posting GROUP BY tenant_id, 1, 2 ORDER BY tenant_id, 1, 2`,
      ),
    [template]: (tx: Transaction) => tx.query(`SELECT template, subject FROM ${tx.schema}.notice ORDER BY 1, 2`),
  };
}

const eur = { amount: 500, currency: 'EUR' };
const payment = recordsAbout('payments.payment.v1', 'pi_1');
const refund = recordsAbout('payments.refund.v1', 're_1');
const dispute = recordsAbout('payments.dispute.v1', 'dp_1');
const payout = recordsAbout('payments.payout.v1', 'po_1');

describeSequence({
  handler: sequence('payment', [paymentHandler(offers), ledger.payment, paymentFailed(offers)]),
  states: statesOf('payment', 'payment_failed'),
  service,
  adminUrl,
  history: [
    payment('failed', 1_000, { status: 'failed', ...eur }),
    payment('succeeded', 2_000, { status: 'succeeded', ...eur }),
  ],
});
describeSequence({
  handler: sequence('refund', [refundHandler(offers), ledger.refund, refundFailed(offers)]),
  states: statesOf('refund', 'refund_failed'),
  service,
  adminUrl,
  history: [
    refund('succeeded', 2_000, { status: 'succeeded', ...eur }),
    refund('failed', 3_000, { status: 'failed', ...eur }),
  ],
});
describeSequence({
  handler: sequence('dispute', [disputeHandler(offers), ledger.dispute, disputeOpened(offers)]),
  states: statesOf('dispute', 'dispute_opened'),
  service,
  adminUrl,
  history: [
    dispute('opened', 1_000, { status: 'opened', outcome: null, ...eur }),
    dispute('closed', 2_000, { status: 'closed', outcome: 'won', ...eur }),
  ],
});
describeSequence({
  handler: sequence('payout', [payoutHandler, ledger.payout, payoutFailed(offers)]),
  states: statesOf('payout', 'payout_failed'),
  service,
  adminUrl,
  history: [payout('paid', 1_000, { status: 'paid', ...eur }), payout('failed', 2_000, { status: 'failed', ...eur })],
});
