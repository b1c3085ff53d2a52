import { headerName } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { redriveHeaders } from './redrive-headers.ts';

const run = { redriveId: 'r-1', nowMs: 1_700_000_000_000 };

const dead = {
  [headerName.id]: 'evt_1',
  [headerName.type]: 'payments.payment.succeeded',
  [headerName.originTraceparent]: '00-a-b-01',
  [headerName.originalTopic]: 'payments.payment.v1',
  [headerName.originalTimestamp]: '1600000000000',
  [headerName.retryAttempt]: '5',
  [headerName.retryDueAt]: '1600000010000',
  [headerName.firstFailureAt]: '1600000000500',
  [headerName.attemptsTotal]: '7',
  [headerName.exceptionCode]: 'upstream_4xx',
  'x-someone-elses': 'kept',
};

describe('the headers of a redrive', () => {
  it('keep where the record comes from, what went wrong last, and how often it was tried in all', () => {
    const headers = redriveHeaders(dead, run);

    expect(headers).toMatchObject({
      [headerName.id]: 'evt_1',
      [headerName.type]: 'payments.payment.succeeded',
      [headerName.originTraceparent]: '00-a-b-01',
      [headerName.originalTopic]: 'payments.payment.v1',
      [headerName.originalTimestamp]: '1600000000000',
      [headerName.attemptsTotal]: '7',
      [headerName.exceptionCode]: 'upstream_4xx',
      'x-someone-elses': 'kept',
    });
  });

  it('begin attempt and age anew', () => {
    const headers = redriveHeaders(dead, run);

    expect(Object.keys(headers)).not.toContain(headerName.retryAttempt);
    expect(Object.keys(headers)).not.toContain(headerName.retryDueAt);
    expect(Object.keys(headers)).not.toContain(headerName.firstFailureAt);
  });

  it('name the run and count the redrives', () => {
    const first = redriveHeaders(dead, run);
    const second = redriveHeaders(
      { ...first, [headerName.retryAttempt]: '1' },
      { redriveId: 'r-2', nowMs: run.nowMs + 5 },
    );

    expect(first).toMatchObject({
      [headerName.redriveCount]: '1',
      [headerName.redriveId]: 'r-1',
      [headerName.redriveAt]: '1700000000000',
    });
    expect(second).toMatchObject({
      [headerName.redriveCount]: '2',
      [headerName.redriveId]: 'r-2',
      [headerName.redriveAt]: '1700000000005',
    });
  });

  it('of a record that is too old and forced make it young, and touch no other origin', () => {
    const headers = redriveHeaders(dead, run, { forced: true });

    expect(headers[headerName.originalTimestamp]).toBe('1700000000000');
    expect(headers[headerName.originalTopic]).toBe('payments.payment.v1');
  });

  it('count from nothing when somebody wrote a count that is none', () => {
    expect(redriveHeaders({ [headerName.redriveCount]: 'many' }, run)[headerName.redriveCount]).toBe('1');
  });
});
