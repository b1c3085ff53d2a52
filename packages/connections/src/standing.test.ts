import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { connectionLimits } from './limits.ts';
import { type CheckResult, nextCheckInMs, type Standing, standingAfter, unchecked } from './standing.ts';

const after = (results: readonly CheckResult[], wanted?: string): Standing =>
  results.reduce((standing: Standing, result) => standingAfter(standing, result, wanted), unchecked);

const identified: CheckResult = { kind: 'identified', account: 'A' };
const refused: CheckResult = { kind: 'refused' };
const unanswered: CheckResult = { kind: 'unanswered' };

describe('the standing of a connection', () => {
  it.each<readonly [string, { readonly results: readonly CheckResult[]; readonly wanted?: string }, string]>([
    ['before it is checked', { results: [] }, 'pending'],
    ['whose account is told', { results: [identified], wanted: 'A' }, 'active'],
    [
      'whose account the provider does not tell',
      { results: [{ kind: 'identified', account: undefined }], wanted: 'A' },
      'active',
    ],
    ['of another account', { results: [identified], wanted: 'B' }, 'needs_authorization account_mismatch'],
    ['that was good, refused once', { results: [identified, refused] }, 'active'],
    ['that was good, refused twice', { results: [identified, refused, refused] }, 'degraded credentials_refused'],
    ['that never was good, refused', { results: [refused] }, 'degraded credentials_refused'],
    ['refused, then good', { results: [refused, identified] }, 'active'],
    ['without a right', { results: [identified, { kind: 'forbidden' }] }, 'degraded permission_missing'],
    ['whose provider is away for a moment', { results: [identified, unanswered, unanswered] }, 'active'],
    [
      'whose provider stays away',
      { results: [identified, unanswered, unanswered, unanswered] },
      'degraded unreachable',
    ],
    [
      'whose provider is away after it refused',
      { results: [refused, unanswered, unanswered, unanswered] },
      'degraded credentials_refused',
    ],
    ['whose provider is back', { results: [unanswered, unanswered, unanswered, identified] }, 'active'],
    ['without a secret', { results: [identified, { kind: 'secret_missing' }] }, 'needs_authorization secret_missing'],
  ])('%s', (_, { results, wanted }, expected) => {
    const { health, reason } = after(results, wanted);

    expect(`${health} ${reason ?? ''}`.trim()).toBe(expected);
  });

  it('is active only where the last answer about the credentials was that they are good, and of the right account', () => {
    const results = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('identified' as const), account: fc.constantFrom('A', 'B', undefined) }),
        fc.constantFrom<CheckResult>(refused, unanswered, { kind: 'forbidden' }, { kind: 'secret_missing' }),
      ),
    );
    fc.assert(
      fc.property(results, (all) => {
        fc.pre(after(all, 'A').health === 'active');

        const good = all.findLastIndex((result) => result.kind === 'identified');
        const later = all.slice(good + 1);
        expect(all[good]).toMatchObject({ kind: 'identified' });
        expect(all[good]).not.toMatchObject({ account: 'B' });
        expect(later.every(({ kind }) => kind === 'unanswered' || kind === 'refused')).toBe(true);
      }),
    );
  });
});

describe('the next check', () => {
  const checkEveryMs = 3_600_000;

  it('comes at the usual time, give or take a tenth', () => {
    const times = [0, 0.5, 1].map((random) =>
      nextCheckInMs(after([identified]), { checkEveryMs, random: () => random }),
    );

    expect(times).toEqual([checkEveryMs * 0.9, checkEveryMs, checkEveryMs * 1.1]);
  });

  it('comes sooner after a failure, later and later, and never later than usual', () => {
    const waits = [1, 2, 3, 20].map((failures) => nextCheckInMs({ ...unchecked, failures }, { checkEveryMs }));

    expect(waits[0]).toBeLessThanOrEqual(connectionLimits.firstAgainMs);
    expect(waits[1]).toBeGreaterThanOrEqual(connectionLimits.firstAgainMs);
    expect(waits[2]).toBeGreaterThanOrEqual(2 * connectionLimits.firstAgainMs);
    expect(waits[3]).toBeLessThanOrEqual(checkEveryMs * 1.1);
  });
});
