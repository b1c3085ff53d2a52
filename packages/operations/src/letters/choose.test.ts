import { newestApplicableAgeMs } from '@trunkline/consumer/limits';
import { headerName } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { deadLetter, deadRecord } from '../testing/records.ts';
import { chooseLetters, isTooOld } from './choose.ts';

const letter = (given: Parameters<typeof deadRecord>[0] = {}) => deadLetter(deadRecord(given));
const idsOf = (letters: readonly { readonly id: string }[]) => letters.map(({ id }) => id);

describe('dead letters', () => {
  it('are chosen by name, type and error code together', () => {
    const one = letter();
    const other = letter({ offset: 1n, headers: { [headerName.type]: 'x', [headerName.exceptionCode]: 'unknown' } });
    const chosenBy = (filter: Parameters<typeof chooseLetters>[2]) =>
      idsOf(chooseLetters([one, other], 'payments', filter).chosen);

    expect(chosenBy({ type: 'payments.payment.succeeded' })).toEqual([one.id]);
    expect(chosenBy({ code: 'unknown' })).toEqual([other.id]);
    expect(chosenBy({ names: [one.id], code: 'unknown' })).toEqual([]);
  });

  it('are chosen by tenant and by when they died', () => {
    const at = (offset: bigint, tenant: string) =>
      letter({
        offset,
        timestampMs: Number(offset),
        headers: { [headerName.source]: `/tenants/${tenant}/sources/src_a` },
      });
    const letters = [at(1n, 'tnt_a'), at(2n, 'tnt_a'), at(3n, 'tnt_a'), at(2n, 'tnt_b'), letter({ headers: {} })];

    const { chosen } = chooseLetters(letters, 'payments', { tenant: 'tnt_a', fromMs: 2, untilMs: 2 });

    expect(chosen).toEqual([letters[1]]);
  });

  it('are too old 38 days after their first append, not after their last one', () => {
    const nowMs = 1_700_000_000_000;
    const appended = (ageMs: number) => ({ ...letter({ timestampMs: nowMs }), firstAppendMs: nowMs - ageMs });

    expect(isTooOld(appended(newestApplicableAgeMs), nowMs)).toBe(false);
    expect(isTooOld(appended(newestApplicableAgeMs + 1), nowMs)).toBe(true);
  });
});

describe('a dead letter', () => {
  const original = {
    [headerName.originalTopic]: 'payments.payment.v1',
    [headerName.originalPartition]: '1',
    [headerName.originalOffset]: '4711',
  };
  const given = deadRecord({ partition: 2, offset: 17n });
  const named = deadLetter({ ...given, headers: { ...given.headers, ...original } });
  const other = letter({ offset: 1n, headers: {} });

  it.each([
    named.id,
    `evt_${'1'.repeat(32)}`,
    '2:17',
    'payments.dlt/2/17',
    'payments.dlt 2 17',
    'payments.payment.v1/1/4711',
    'payments.payment.v1 1 4711',
  ])('is found as %s', (name) => {
    expect(chooseLetters([other, named], 'payments', { names: [name] })).toEqual({ chosen: [named], unknownNames: [] });
  });

  it.each([
    `ltr_${'0'.repeat(32)}`,
    `evt_${'2'.repeat(32)}`,
    '2:18',
    'payments.payment.v1/1/4712',
    'telephony.dlt/2/17',
  ])('is not found as %s, and the name is told', (name) => {
    expect(chooseLetters([named], 'payments', { names: [name] })).toEqual({ chosen: [], unknownNames: [name] });
  });

  it.each(['', 'evt_1', '2', 'payments.dlt', 'payments.dlt/2', '2:17:1'])('has no name like %j', (name) => {
    expect(() => chooseLetters([named], 'payments', { names: [name] })).toThrow(/names no dead letter; give ltr_…/);
  });
});
