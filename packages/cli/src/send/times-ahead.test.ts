import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { describe, expect, it } from 'vitest';

import { timesAhead } from './times-ahead.ts';

const nowMs = Date.parse('2027-01-10T20:00:00Z');

describe('what a sample announces', () => {
  it('is still to come when it is sent, at its time of day and as its provider writes it', () => {
    const changes = timesAhead(loadFixture('calendly', 'invitee.created'), nowMs);

    // Received on 2 March at 10:15 for the 5th at 13:00: 315 days later it is the 14th.
    expect(changes).toEqual([
      { path: ['payload', 'scheduled_event', 'start_time'], value: '"2027-01-14T13:00:00.000000Z"' },
      { path: ['payload', 'scheduled_event', 'end_time'], value: '"2027-01-14T13:30:00.000000Z"' },
    ]);
  });

  it.each(['calendly', 'cal_com'])('is a time in every sample of %s that names one', (provider) => {
    for (const event of listFixtures(provider)) {
      for (const { value } of timesAhead(loadFixture(provider, event), nowMs))
        expect(Date.parse(String(JSON.parse(value)))).toBeGreaterThan(nowMs);
    }
  });

  it('is nothing of a sample without such times', () => {
    expect(timesAhead(loadFixture('stripe', 'payment_intent.succeeded'), nowMs)).toEqual([]);
  });
});
