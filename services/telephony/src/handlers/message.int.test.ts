import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { book } from '../testing/book.ts';
import { service } from '../testing/service.ts';
import { messageHandler } from './message.ts';

const message = recordsAbout('telephony.message.v1', 'SM1');
const sent = message('sent', 1_000, { status: 'sent', toAddress: '+15005550001', sentAt: 1_000 });
const delivered = message('delivered', 2_000, { status: 'delivered', completedAt: 2_000 });
const read = message('read', 3_000, { status: 'read' });

describeProjection({
  handler: messageHandler({ book }),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [sent, delivered, read],
  stories: [
    {
      title: 'climbs its chain of states by their order, because its times are those of receipt',
      events: [read, message('delivered', 8_000, { status: 'delivered' }), message('sent', 9_000, { status: 'sent' })],
      ends: { status: 'read' },
    },
    {
      title: 'that waits is overtaken by every later state, and one that is called off stays so',
      events: [
        message('canceled', 1_000, { status: 'canceled' }),
        message('sent', 2_000, { status: 'sent' }),
        message('queued', 9_000, { status: 'queued', providerStatus: 'scheduled' }),
      ],
      ends: { status: 'canceled', provider_status: 'scheduled' },
    },
    {
      title: 'has its price and the words of its failure beside its state',
      events: [
        message('failed', 2_000, {
          status: 'failed',
          failureReason: 'Carrier violation',
          failureReasonTruncated: false,
        }),
        message('sent', 1_000, { status: 'sent', priceMicros: 5_100, priceCurrency: 'USD', repliesTo: 'SM0' }),
      ],
      ends: {
        status: 'failed',
        failure_reason: 'Carrier violation',
        failure_reason_truncated: false,
        price_micros: '5100',
        price_currency: 'USD',
        replies_to: 'SM0',
      },
    },
    {
      title: 'is what the carrier said last: delivered and failed are equally far',
      events: [delivered, message('failed', 3_000, { status: 'failed', failureCode: '30003' })],
      ends: { status: 'failed', failure_code: '30003' },
    },
    {
      title: 'keeps its text, which only the first event tells, when that comes last',
      events: [delivered, message('received', 1_000, { status: 'received', body: 'Hallo' })],
      ends: { status: 'delivered', body: 'Hallo' },
    },
  ],
});
