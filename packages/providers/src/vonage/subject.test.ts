import type { ExactObject } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { loadFixture } from '../fixtures.ts';
import { subjectOf } from './subject.ts';

const at = Date.UTC(2026, 2, 2, 10, 15, 36);

/** What a fixture says, and something else. */
function said(event: string, change: ExactObject = {}): ExactObject {
  return { ...JSON.parse(Buffer.from(loadFixture('vonage', event).request.body).toString('utf8')), ...change };
}

describe('the text of a recording', () => {
  it('is no second recording, and each of its states is told', () => {
    const recording = subjectOf(said('record'));
    const transcript = subjectOf(said('transcription'));
    const failed = subjectOf(said('transcription', { status: 'failed' }));

    expect(transcript).toMatchObject({
      entity: { kind: 'transcript', id: `${recording.entity?.id}:transcription` },
      read: { fact: { type: 'telephony.transcript.available', payload: { recordingId: recording.entity?.id } } },
    });
    expect(failed).toMatchObject({ read: undefined, name: 'transcription.failed' });
    expect(new Set([recording, transcript, failed].map(({ identity }) => JSON.stringify(identity))).size).toBe(3);
  });
});

describe('a callback of another product', () => {
  it.each([
    ['event', { triggered_at: '2026-03-02T10:15:36.000Z', type: 'event', request_id: 'c1', status: 'completed' }],
    ['summary', { finalized_at: '2026-03-02T10:15:36.000Z', type: 'summary', request_id: 'c1' }],
    ['connectionCreated', { timestamp: String(at), event: 'connectionCreated', sessionId: '1_M' }],
  ])('named %s is known by what it says, and when', (name, content) => {
    expect(subjectOf(content)).toMatchObject({ name, identity: { basis: 'hash' }, occurred: { at, estimated: false } });
  });
});
