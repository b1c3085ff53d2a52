import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { book } from '../testing/book.ts';
import { service } from '../testing/service.ts';
import { transcriptHandler } from './transcript.ts';

const transcript = recordsAbout('telephony.transcript.v1', 'TR1');
const failed = transcript('failed', 1_000, { status: 'failed', callId: 'CA1', recordingId: 'RE1', text: null });
const available = transcript('available', 2_000, {
  status: 'available',
  callId: 'CA1',
  recordingId: 'RE1',
  text: 'Guten Tag.',
});

describeProjection({
  handler: transcriptHandler({ book }),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [failed, available],
  stories: [
    {
      title: 'names its call and its recording, which need not be there',
      events: [available],
      ends: { status: 'available', call_id: 'CA1', recording_id: 'RE1', text: 'Guten Tag.' },
    },
    {
      title: 'keeps its text when an earlier failure comes late',
      events: [available, failed],
      ends: { status: 'available', text: 'Guten Tag.' },
    },
  ],
});
