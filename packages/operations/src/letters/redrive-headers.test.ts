import { headerName } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { redriveHeaders } from './redrive-headers.ts';

const run = { redriveId: 'r-1', nowMs: 1_700_000_000_000, actor: 'alex' };

/** The headers that a dead letter with these goes back with. */
function redriven(
  headers: Readonly<Record<string, string>>,
  by: Parameters<typeof redriveHeaders>[1] = run,
  options?: Parameters<typeof redriveHeaders>[2],
): Record<string, string> {
  return redriveHeaders({ topic: 'payments.dlt', partition: 2, offset: 17n, headers }, by, options);
}

const dead = {
  [headerName.id]: 'evt_1',
  [headerName.type]: 'payments.payment.succeeded',
  [headerName.originTraceparent]: '00-a-b-01',
  [headerName.originalTopic]: 'payments.payment.v1',
  [headerName.originalPartition]: '1',
  [headerName.originalOffset]: '4711',
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
    const headers = redriven(dead);

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
    const headers = redriven(dead);

    expect(Object.keys(headers)).not.toContain(headerName.retryAttempt);
    expect(Object.keys(headers)).not.toContain(headerName.retryDueAt);
    expect(Object.keys(headers)).not.toContain(headerName.firstFailureAt);
  });

  it('name the run and count the redrives', () => {
    const first = redriven(dead);
    const second = redriven(
      { ...first, [headerName.retryAttempt]: '1' },
      { redriveId: 'r-2', nowMs: run.nowMs + 5, actor: 'kim' },
    );

    expect(first).toMatchObject({
      [headerName.redriveCount]: '1',
      [headerName.redriveId]: 'r-1',
      [headerName.redriveAt]: '1700000000000',
      [headerName.redriveBy]: 'alex',
    });
    expect(second).toMatchObject({
      [headerName.redriveCount]: '2',
      [headerName.redriveId]: 'r-2',
      [headerName.redriveAt]: '1700000000005',
      [headerName.redriveBy]: 'kim',
    });
  });

  it('of a record that is too old and forced make it young, and touch no other origin', () => {
    const headers = redriven(dead, run, { forced: true });

    expect(headers[headerName.originalTimestamp]).toBe('1700000000000');
    expect(headers[headerName.originalTopic]).toBe('payments.payment.v1');
    expect(headers[headerName.redriveForced]).toBe('true');
  });

  it('say that it was forced of that redrive only', () => {
    const forced = redriven(dead, run, { forced: true });

    expect(redriven(forced)).not.toHaveProperty(headerName.redriveForced);
  });

  it('keep the original place, or name the one on the dead-letter topic where there is none', () => {
    const placeOf = (headers: Record<string, string>) =>
      [headerName.originalTopic, headerName.originalPartition, headerName.originalOffset].map((name) => headers[name]);

    expect(placeOf(redriven(dead))).toEqual(['payments.payment.v1', '1', '4711']);
    expect(placeOf(redriven({}))).toEqual(['payments.dlt', '2', '17']);
  });

  it('count from nothing when somebody wrote a count that is none', () => {
    expect(redriven({ [headerName.redriveCount]: 'many' })[headerName.redriveCount]).toBe('1');
  });
});
