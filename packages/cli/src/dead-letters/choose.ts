import { newestApplicableAgeMs } from '@trunkline/consumer';
import { headerName } from '@trunkline/events';

import type { DeadLetter } from './read.ts';

export interface LetterFilter {
  readonly ids?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
  readonly code?: string | undefined;
  /** Of the dead letter, not of its event. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** The letters that a filter names, each condition on top of the others. An id that names none is in `unknownIds`. */
export function chooseLetters(
  letters: readonly DeadLetter[],
  filter: LetterFilter,
): { readonly chosen: readonly DeadLetter[]; readonly unknownIds: readonly string[] } {
  const { ids, type, tenant, code, fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = filter;
  const chosen = letters.filter(
    ({ id, record: { headers, timestampMs } }) =>
      (ids === undefined || ids.includes(id)) &&
      (type === undefined || headers[headerName.type] === type) &&
      (tenant === undefined || tenantOf(headers) === tenant) &&
      (code === undefined || headers[headerName.exceptionCode] === code) &&
      timestampMs >= fromMs &&
      timestampMs <= untilMs,
  );
  const known = new Set(letters.map((letter) => letter.id));
  return { chosen, unknownIds: (ids ?? []).filter((id) => !known.has(id)) };
}

/** The tenant that `ce_source` names (`/tenants/<tenant>/sources/<source>`). */
export function tenantOf(headers: Readonly<Record<string, string>>): string | undefined {
  return /^\/tenants\/([^/]+)\//.exec(headers[headerName.source] ?? '')?.[1];
}

/** Whether a consumer would refuse it as too old. Without the time of its first append nobody can say that it is young. */
export function isTooOld(letter: DeadLetter, nowMs: number): boolean {
  return nowMs - (letter.firstAppendMs ?? letter.record.timestampMs) > newestApplicableAgeMs;
}
