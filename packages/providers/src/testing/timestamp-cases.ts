import { expect, it } from 'vitest';

import { outcomeOf, type ProviderCases, signed, type Subject } from './conformance.ts';
import { oddTimestamps } from './tampering.ts';

/** When it was signed, where that is part of the proof. */
export function describeTimestamps<O>(
  subject: Subject<O>,
  cases: Pick<ProviderCases<O>, 'signAt' | 'timestampUnit'>,
): void {
  const { definition, settings, request, nowMs } = subject;
  const { timestamp } = definition.coverage(settings.options);
  const { signAt } = cases;
  if (timestamp === undefined) return;
  const { toleranceMs } = timestamp;

  it('accepts a signature that is exactly as old, or as far ahead, as the tolerance', () => {
    expect(outcomeOf(subject, signed(subject, nowMs - toleranceMs))).toBe('accepted');
    expect(outcomeOf(subject, signed(subject, nowMs + toleranceMs))).toBe('accepted');
  });

  it('refuses a stale signature, and one from the future', () => {
    expect(outcomeOf(subject, signed(subject, nowMs - toleranceMs - 1_000))).toBe('timestamp_expired');
    expect(outcomeOf(subject, signed(subject, nowMs + toleranceMs + 1_000))).toBe('timestamp_in_future');
  });

  it('refuses seconds for milliseconds and the other way round, although they are signed', () => {
    const unit = cases.timestampUnit ?? 's';
    const wrong = String(unit === 's' ? nowMs : Math.floor(nowMs / 1000));

    const outcome = signAt === undefined ? 'accepted' : outcomeOf(subject, signAt(request, settings, wrong));

    expect(outcome).toBe(unit === 's' ? 'timestamp_in_future' : 'timestamp_expired');
  });

  it('refuses timestamps that are not plain decimal numbers, although they are signed', () => {
    const now = String(cases.timestampUnit === 'ms' ? nowMs : Math.floor(nowMs / 1000));

    const outcomes =
      signAt === undefined ? [] : oddTimestamps(now).map((odd) => outcomeOf(subject, signAt(request, settings, odd)));

    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => !/^(malformed|missing)_header$/.test(outcome))).toEqual([]);
  });
}
