import { TrunklineError } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { type Check, ok } from './check.ts';
import { runChecks } from './run-checks.ts';

const signal = new AbortController().signal;

function check(name: string, run: Check<undefined>['run'], requires: readonly string[] = []): Check<undefined> {
  return { name, requires, run };
}

describe('the doctor', () => {
  it('reports what a check throws as its finding and goes on', async () => {
    const broken = check('kafka', () => Promise.reject(new TrunklineError('dependency_unavailable', 'nobody there')));

    const reports = await runChecks([broken, check('traces', () => Promise.resolve(ok('fine')))], undefined, {
      signal,
    });

    expect(reports).toEqual([
      { name: 'kafka', state: 'failed', detail: 'nobody there' },
      { name: 'traces', state: 'ok', detail: 'fine' },
    ]);
  });

  it('skips what needs a check that failed, and what needs that', async () => {
    const reports = await runChecks(
      [
        check('kafka', () => Promise.reject(new Error('down'))),
        check('topics', () => Promise.resolve(ok('')), ['kafka']),
        check('lag', () => Promise.resolve(ok('')), ['topics']),
      ],
      undefined,
      { signal },
    );

    expect(reports.map(({ state, detail }) => `${state} ${detail}`)).toEqual([
      'failed down',
      'skipped needs kafka',
      'skipped needs topics',
    ]);
  });

  it('does not call a setting that nobody gave a fault', async () => {
    const reports = await runChecks(
      [check('ingress', () => Promise.reject(new TrunklineError('config_invalid', 'not known: the ingress')))],
      undefined,
      { signal },
    );

    expect(reports[0]).toMatchObject({ state: 'skipped', detail: 'not known: the ingress' });
  });

  it('does not wait for a check that never answers', async () => {
    const hanging = check('postgres', () => new Promise(() => undefined));

    const reports = await runChecks([hanging], undefined, { signal, deadlineMs: 20 });

    expect(reports[0]).toMatchObject({ state: 'failed', detail: 'no answer within 0.02 s' });
  });
});
