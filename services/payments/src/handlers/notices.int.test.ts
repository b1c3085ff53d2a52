import { type Applicable, applyEvents, defineHandler } from '@trunkline/consumer';
import {
  applicable,
  askedRequests,
  ofTenant,
  recordsAbout,
  suiteDatabase,
  testOffers,
} from '@trunkline/consumer/testing';
import { describe, expect, inject, it } from 'vitest';

import { directory } from '../testing/directory.ts';
import { service } from '../testing/service.ts';
import { disputeOpened } from './dispute-opened.ts';
import { paymentFailed } from './payment-failed.ts';
import { payoutFailed } from './payout-failed.ts';
import { refundFailed } from './refund-failed.ts';

const offers = await testOffers('payments', { directory, clock: () => 60_000 });
const failedPayments = defineHandler(paymentFailed(offers));
const failedRefunds = defineHandler(refundFailed(offers));
const openedDisputes = defineHandler(disputeOpened(offers));
const failedPayouts = defineHandler(payoutFailed(offers));

const eur = { amount: 1_250, currency: 'EUR' };
const payment = recordsAbout('payments.payment.v1', 'pi_1');
const refund = recordsAbout('payments.refund.v1', 're_1');
const dispute = recordsAbout('payments.dispute.v1', 'dp_1');
const payout = recordsAbout('payments.payout.v1', 'po_1');

describe('the owners of the phone of a source of payments', () => {
  const suite = suiteDatabase({ adminUrl: inject('stack').postgresAdminUrl, service });

  async function asksFor(...items: readonly Applicable[]): Promise<readonly unknown[]> {
    for (const item of items) await applyEvents(suite.database, [item], { deadlineMs: 60_000 });
    const requests = await askedRequests(suite.test, service.schema, ['tnt_a', 'tnt_b']);
    return requests.map(({ record }) => ({
      ...record,
      // Of notifications, which is all that payments ask for.
      said: JSON.parse('parametersJson' in record ? (record.parametersJson ?? 'null') : 'null'),
    }));
  }

  it.each<readonly [template: string, item: Applicable, said: object]>([
    [
      'payment_failed',
      applicable(failedPayments, payment('failed', 1_000, { ...eur, failureCode: 'card_declined', orderId: 'or_1' })),
      { ...eur, failureCode: 'card_declined', invoiceId: null, orderId: 'or_1' },
    ],
    [
      'refund_failed',
      applicable(failedRefunds, refund('failed', 1_000, { ...eur, failureReason: 'lost card', paymentId: 'pi_1' })),
      { ...eur, failureReason: 'lost card', orderId: null, paymentId: 'pi_1' },
    ],
    [
      'dispute_opened',
      applicable(openedDisputes, dispute('opened', 1_000, { ...eur, reason: 'fraudulent', evidenceDueAt: 86_400_000 })),
      { ...eur, evidenceDueAt: '1970-01-02T00:00:00.000Z', paymentId: null, reason: 'fraudulent' },
    ],
    [
      'payout_failed',
      applicable(failedPayouts, payout('failed', 1_000, { ...eur, failureCode: 'account_closed' })),
      { ...eur, failureCode: 'account_closed' },
    ],
  ])('are asked to be told of %s, with what it is about', async (template, item, said) => {
    expect(await asksFor(item)).toEqual([
      expect.objectContaining({
        template,
        recipientId: 'per_ada',
        channel: 'email',
        said,
        notAfter: 1_500 + 7 * 86_400_000,
      }),
    ]);
  });

  it('are told once of a payment, however often it fails, and of each payment', async () => {
    const other = recordsAbout('payments.payment.v1', 'pi_2');

    const asked = await asksFor(
      applicable(failedPayments, payment('failed', 1_000, eur)),
      applicable(failedPayments, payment('failed', 2_000, eur)),
      applicable(failedPayments, other('failed', 3_000, eur)),
    );

    expect(asked).toHaveLength(2);
  });

  it('are not told of another tenant, who has no phone here', async () => {
    const theirs = ofTenant<'payments.payment.v1'>(payment('failed', 1_000, eur), 'tnt_b');

    expect(await asksFor(applicable(failedPayments, theirs))).toEqual([]);
  });

  it('are not told of what failed a month ago', async () => {
    const late = await testOffers('payments', { directory, clock: () => 30 * 86_400_000 });

    expect(await asksFor(applicable(defineHandler(paymentFailed(late)), payment('failed', 1_000, eur)))).toEqual([]);
  });
});
