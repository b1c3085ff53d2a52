import { beforeEach, describe, expect, it } from 'vitest';

import { type ConsecutiveBreaker, createConsecutiveBreaker, type Pass } from './consecutive-breaker.ts';

const openMs = 60_000;
let nowMs: number;
let changes: string[];
let breaker: ConsecutiveBreaker;
beforeEach(() => {
  nowMs = 1_000_000;
  changes = [];
  breaker = newBreaker();
});

function newBreaker(restored?: { failures: number; probeAtMs: number | undefined }): ConsecutiveBreaker {
  return createConsecutiveBreaker({
    failures: 5,
    openMs,
    now: () => nowMs,
    onChange: (change) => changes.push(change),
    ...(restored === undefined ? {} : { restored }),
  });
}

function admitted(): Pass {
  const pass = breaker.admit();
  if (pass.kind === 'open') throw new Error('refused');
  return pass;
}

function run(outcome: 'success' | 'failure' | 'neither', times = 1): void {
  for (let index = 0; index < times; index += 1) admitted().settle(outcome);
}

describe('the breaker of failures in a row', () => {
  it('opens at the fifth, and says when it may be probed', () => {
    run('failure', 4);
    const before = changes.length;
    run('failure');

    expect(before).toBe(0);
    expect(changes).toEqual(['opened']);
    expect(breaker.admit()).toEqual({ kind: 'open', probeAtMs: nowMs + openMs });
  });

  it('starts to count again at each success', () => {
    run('failure', 4);
    run('success');
    run('failure', 4);

    expect(breaker.admit().kind).toBe('pass');
  });

  it('opens although most calls succeeded before', () => {
    run('success', 1_000);
    run('failure', 5);

    expect(breaker.admit().kind).toBe('open');
  });

  it('does not count what says nothing', () => {
    run('failure', 4);
    run('neither', 100);
    expect(changes).toEqual([]);
    run('failure');

    expect(changes).toEqual(['opened']);
  });

  it('lets one probe through when its time is over, and nobody beside it', () => {
    run('failure', 5);
    nowMs += openMs;

    const admissions = Array.from({ length: 10 }, () => breaker.admit());

    expect(admissions.filter(({ kind }) => kind === 'pass')).toMatchObject([{ isProbe: true }]);
  });

  it('closes when the probe succeeds', () => {
    run('failure', 5);
    nowMs += openMs;
    run('success');

    expect(changes).toEqual(['opened', 'closed']);
    expect(breaker.state()).toEqual({ failures: 0, probeAtMs: undefined });
  });

  it('stays open as long again when the probe fails, and says so no second time', () => {
    run('failure', 5);
    nowMs += openMs;
    run('failure');

    expect(breaker.admit()).toEqual({ kind: 'open', probeAtMs: nowMs + openMs });
    expect(changes).toEqual(['opened']);
  });

  it('lets another probe through at once when the first said nothing', () => {
    run('failure', 5);
    nowMs += openMs;
    run('neither');

    expect(breaker.admit()).toMatchObject({ kind: 'pass', isProbe: true });
  });

  it('is closed by a probe and not by a call that began before it opened', () => {
    const early = admitted();
    run('failure', 5);

    early.settle('success');

    expect(breaker.admit().kind).toBe('open');
  });

  it('does not wait longer for its probe because of failures of calls that began before', () => {
    const early = admitted();
    run('failure', 5);
    nowMs += openMs / 2;
    early.settle('failure');
    nowMs += openMs / 2;

    expect(breaker.admit().kind).toBe('pass');
  });

  it('takes the first word of a pass and no second', () => {
    const pass = admitted();
    for (let index = 0; index < 5; index += 1) pass.settle('failure');

    expect(breaker.state().failures).toBe(1);
  });

  it('goes on where it was before the process ended', () => {
    run('failure', 5);

    const next = newBreaker(breaker.state());

    expect(next.admit()).toEqual({ kind: 'open', probeAtMs: nowMs + openMs });
  });
});
