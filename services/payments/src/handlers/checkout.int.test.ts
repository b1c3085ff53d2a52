import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { checkoutHandler } from './checkout.ts';

const checkout = recordsAbout('payments.checkout.v1', 'cs_1');
const unpaid = checkout('completed', 1_000, { status: 'completed', paymentStatus: 'unpaid', total: 500 });
const paid = checkout('completed', 2_000, { status: 'completed', paymentStatus: 'paid', total: 500 });

describeProjection({
  handler: checkoutHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [unpaid, paid],
  stories: [
    {
      title: 'is paid later than it is completed where the money takes its time',
      events: [unpaid, paid],
      ends: { status: 'completed', payment_status: 'paid' },
    },
    {
      title: 'is covered by an authorization that says nothing else, and says where its shipment is',
      events: [
        unpaid,
        checkout('updated', 3_000, { paymentStatus: 'authorized' }),
        checkout('updated', 2_000, { shipmentStatus: 'in_transit', trackingNumber: '1Z' }),
      ],
      ends: { status: 'completed', total: '500', payment_status: 'authorized', shipment_status: 'in_transit' },
    },
    {
      title: 'stays paid when the earlier event comes late',
      events: [paid, unpaid],
      ends: { status: 'completed', payment_status: 'paid' },
    },
  ],
});
