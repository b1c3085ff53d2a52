import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { offers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { bookingHandler } from './booking.ts';

const booking = recordsAbout('calendar.booking.v1', 'bk_1');
const requested = booking('requested', 1_000, { status: 'requested', inviteeName: 'Ida', startsAt: 90_000 });
const confirmed = booking('confirmed', 2_000, {
  status: 'confirmed',
  startsAt: 90_000,
  hostEmail: 'host@acme.example',
});
const noShow = booking('no_show', 91_000, { noShow: true });

describeProjection({
  handler: bookingHandler(offers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [requested, confirmed, noShow],
  stories: [
    {
      title: 'is confirmed with all its parts when its confirmation comes before its request',
      events: [confirmed, requested],
      ends: { status: 'confirmed', invitee_name: 'Ida', host_email: 'host@acme.example', starts_at: new Date(90_000) },
    },
    {
      title: 'that was moved names the one that it was moved to, and is not canceled',
      events: [booking('rescheduled', 3_000, { status: 'rescheduled', replacedBy: 'bk_2' }), confirmed],
      ends: { status: 'rescheduled', replaced_by: 'bk_2', canceled_by: null },
    },
    {
      title: 'is what was said last: one that was canceled may be confirmed again',
      events: [
        booking('canceled', 3_000, { status: 'canceled', canceledBy: 'host' }),
        booking('confirmed', 4_000, { status: 'confirmed' }),
        confirmed,
      ],
      ends: { status: 'confirmed', canceled_by: 'host' },
    },
    {
      title: 'keeps its status when somebody did not come, and when that is taken back',
      events: [booking('no_show_cleared', 92_000, { noShow: false }), noShow, confirmed],
      ends: { status: 'confirmed', no_show: false },
    },
    {
      title: 'learns late that it was paid, and its status stays what it was',
      events: [confirmed, booking('paid', 1_500, { isPaid: true, paymentAmount: 5_000, paymentCurrency: 'EUR' })],
      ends: { status: 'confirmed', is_paid: true, payment_amount: '5000', payment_currency: 'EUR' },
    },
  ],
});
