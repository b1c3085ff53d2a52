import { newestApplicableAgeMs } from '@trunkline/consumer';
import { headerName } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { deadRecord } from '../testing/records.ts';
import { chooseLetters, isTooOld } from './choose.ts';
import { type DeadLetter, deadLetterId, latestById } from './read.ts';

function letter(given: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: 'evt_a',
    state: 'open',
    record: deadRecord(),
    copies: 1,
    firstFailureAtMs: undefined,
    firstAppendMs: undefined,
    redriveCount: 0,
    ...given,
  };
}

describe('dead letters', () => {
  it('are chosen by id, type and error code together', () => {
    const other = letter({
      id: 'evt_b',
      record: deadRecord({ headers: { [headerName.type]: 'x', [headerName.exceptionCode]: 'unknown' } }),
    });

    expect(chooseLetters([letter(), other], { type: 'payments.payment.succeeded' }).chosen.map(({ id }) => id)).toEqual(
      ['evt_a'],
    );
    expect(chooseLetters([letter(), other], { code: 'unknown' }).chosen.map(({ id }) => id)).toEqual(['evt_b']);
    expect(chooseLetters([letter(), other], { ids: ['evt_a'], code: 'unknown' }).chosen).toEqual([]);
  });

  it('are chosen by tenant and by when they died', () => {
    const at = (timestampMs: number, tenant: string): DeadLetter =>
      letter({
        id: `${tenant}@${timestampMs}`,
        record: deadRecord({ timestampMs, headers: { [headerName.source]: `/tenants/${tenant}/sources/src_a` } }),
      });
    const letters = [at(1, 'tnt_a'), at(2, 'tnt_a'), at(3, 'tnt_a'), at(2, 'tnt_b'), letter({ id: 'no tenant' })];

    const { chosen } = chooseLetters(letters, { tenant: 'tnt_a', fromMs: 2, untilMs: 2 });

    expect(chosen.map(({ id }) => id)).toEqual(['tnt_a@2']);
  });

  it('name the ids that nobody knows', () => {
    expect(chooseLetters([letter()], { ids: ['evt_a', 'evt_typo'] }).unknownIds).toEqual(['evt_typo']);
  });

  it('are too old 38 days after their first append, not after their last one', () => {
    const nowMs = 1_700_000_000_000;
    const appended = (ageMs: number): DeadLetter =>
      letter({ firstAppendMs: nowMs - ageMs, record: deadRecord({ timestampMs: nowMs }) });

    expect(isTooOld(appended(newestApplicableAgeMs), nowMs)).toBe(false);
    expect(isTooOld(appended(newestApplicableAgeMs + 1), nowMs)).toBe(true);
  });

  it('of one event count as one, the last of them', () => {
    const early = deadRecord({ offset: 1n, timestampMs: 1 });
    const late = deadRecord({ offset: 2n, timestampMs: 2 });

    const [found] = [...latestById([late, early]).values()];

    expect(found).toEqual({ record: late, copies: 2 });
  });

  it('without an event id are named by their place', () => {
    expect(deadLetterId(deadRecord({ partition: 2, offset: 17n, headers: {} }))).toBe('2:17');
    expect(deadLetterId(deadRecord({ headers: { [headerName.id]: 'evt_notanid' } }))).toBe('0:0');
  });
});
