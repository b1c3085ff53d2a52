import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { book } from '../testing/book.ts';
import { service } from '../testing/service.ts';
import { callHandler } from './call.ts';

const call = recordsAbout('telephony.call.v1', 'CA1');
const initiated = call('initiated', 1_000, { status: 'initiated', fromAddress: '+15005550006', startedAt: 1_000 });
const ringing = call('ringing', 2_000, { status: 'ringing' });
const answered = call('answered', 3_000, { status: 'answered', answeredBy: 'human', answeredAt: 3_000 });
const completed = call('completed', 9_000, {
  status: 'completed',
  outcome: 'completed',
  durationSeconds: 6,
  endedAt: 9_000,
});

describeProjection({
  handler: callHandler({ book }),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [initiated, ringing, answered, completed],
  stories: [
    {
      title: 'is completed with all its parts when its end comes before its beginning',
      events: [completed, answered, ringing, initiated],
      ends: {
        status: 'completed',
        outcome: 'completed',
        duration_seconds: '6',
        from_address: '+15005550006',
        answered_by: 'human',
        started_at: new Date(1_000),
        answered_at: new Date(3_000),
        ended_at: new Date(9_000),
      },
    },
    {
      title: 'stays completed when an earlier status carries a later time: no way leads back from there',
      events: [completed, call('ringing', 99_000, { status: 'ringing' })],
      ends: { status: 'completed' },
    },
    {
      title: 'learns who answered and what it cost while it runs or later, and its state stays what it was',
      events: [
        initiated,
        completed,
        call('updated', 4_000, { answeredBy: 'machine', conversationId: 'CF1' }),
        call('updated', 0, { priceMicros: 8_500, priceCurrency: 'USD' }),
      ],
      ends: {
        status: 'completed',
        answered_by: 'machine',
        conversation_id: 'CF1',
        price_micros: '8500',
        price_currency: 'USD',
      },
    },
    {
      title: 'takes what it is told without a time only where nothing else is known',
      events: [answered, call('initiated', 0, { status: 'initiated', toAddress: '+15005550001', answeredBy: null })],
      ends: { status: 'answered', answered_by: 'human', to_address: '+15005550001' },
    },
  ],
});
