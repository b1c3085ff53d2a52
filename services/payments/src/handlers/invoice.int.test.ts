import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { invoiceHandler } from './invoice.ts';

const invoice = recordsAbout('payments.invoice.v1', 'in_1');
const created = invoice('created', 1_000, { status: 'created', number: null, amountPaid: 0 });
const finalized = invoice('finalized', 2_000, { status: 'finalized', number: 'A-1', amountPaid: 0 });
const uncollectible = invoice('uncollectible', 3_000, { status: 'uncollectible', number: 'A-1', amountPaid: 0 });
const paid = invoice('paid', 4_000, { status: 'paid', number: 'A-1', amountPaid: 500 });
const voided = invoice('voided', 3_000, { status: 'voided', number: 'A-1', amountPaid: 0 });

describeProjection({
  handler: invoiceHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, finalized, uncollectible, paid],
  stories: [
    {
      title: 'can be paid after it was given up',
      events: [uncollectible, paid],
      ends: { status: 'paid', amount_paid: '500' },
    },
    {
      title: 'is still asked for after a payment failed',
      events: [
        invoice('payment_failed', 3_000, { status: 'payment_failed' }),
        invoice('finalized', 4_000, { status: 'finalized' }),
      ],
      ends: { status: 'finalized' },
    },
    { title: 'stays voided: no way leads back from there', events: [voided, paid], ends: { status: 'voided' } },
  ],
});
