import { newestApplicableAgeMs } from '@trunkline/consumer';
import { headerName } from '@trunkline/events';

import type { DeadLetter } from './read.ts';

export interface LetterFilter {
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly code?: string;
}

/** The letters that a filter names. An id that names none is in `unknownIds`. */
export function chooseLetters(
  letters: readonly DeadLetter[],
  filter: LetterFilter,
): { readonly chosen: readonly DeadLetter[]; readonly unknownIds: readonly string[] } {
  const { ids, type, code } = filter;
  const chosen = letters.filter(
    (letter) =>
      (ids === undefined || ids.includes(letter.id)) &&
      (type === undefined || letter.record.headers[headerName.type] === type) &&
      (code === undefined || letter.record.headers[headerName.exceptionCode] === code),
  );
  const known = new Set(letters.map((letter) => letter.id));
  return { chosen, unknownIds: (ids ?? []).filter((id) => !known.has(id)) };
}

/** Whether a consumer would refuse it as too old. Without the time of its first append nobody can say that it is young. */
export function isTooOld(letter: DeadLetter, nowMs: number): boolean {
  return nowMs - (letter.firstAppendMs ?? letter.record.timestampMs) > newestApplicableAgeMs;
}
