import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { recordingHandler } from './recording.ts';

const recording = recordsAbout('telephony.recording.v1', 'RE1');
const failed = recording('failed', 1_000, { status: 'failed', callId: 'CA1', durationSeconds: null });
const available = recording('available', 2_000, { status: 'available', callId: 'CA1', durationSeconds: 6 });

describeProjection({
  handler: recordingHandler,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [failed, available],
  stories: [
    {
      title: 'names its call, which need not be there',
      events: [available],
      ends: { status: 'available', call_id: 'CA1', duration_seconds: '6' },
    },
    {
      title: 'is what the provider said last: both of its states are an end',
      events: [available, recording('failed', 3_000, { status: 'failed' })],
      ends: { status: 'failed', call_id: 'CA1' },
    },
  ],
});
