import { newestApplicableAgeMs } from '@trunkline/consumer/limits';
import { headerName } from '@trunkline/events';

import { isNamed, letterNameOf } from './letter-name.ts';
import { type DeadLetter, tenantOf } from './letter.ts';

export interface LetterFilter {
  /** In any form that names a letter. */
  readonly names?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
  readonly code?: string | undefined;
  /** Of the dead letter, not of its event. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** The letters of a group that a filter names, each condition on top of the others. */
export function chooseLetters(
  letters: readonly DeadLetter[],
  group: string,
  filter: LetterFilter,
): { readonly chosen: readonly DeadLetter[]; readonly unknownNames: readonly string[] } {
  const { type, tenant, code, fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = filter;
  const names = filter.names?.map((text) => ({ text, name: letterNameOf(text) }));
  const chosen = letters.filter(
    (letter) =>
      (names === undefined || names.some(({ name }) => isNamed(letter, name, group))) &&
      (type === undefined || letter.latest.headers[headerName.type] === type) &&
      (tenant === undefined || tenantOf(letter.latest.headers) === tenant) &&
      (code === undefined || letter.latest.headers[headerName.exceptionCode] === code) &&
      letter.latest.timestampMs >= fromMs &&
      letter.latest.timestampMs <= untilMs,
  );
  const unknown = (names ?? []).filter(({ name }) => !letters.some((letter) => isNamed(letter, name, group)));
  return { chosen, unknownNames: unknown.map(({ text }) => text) };
}

/** Whether a consumer would refuse it as too old. Without the time of its first append nobody can say that it is young. */
export function isTooOld(letter: Pick<DeadLetter, 'firstAppendMs' | 'latest'>, nowMs: number): boolean {
  return nowMs - (letter.firstAppendMs ?? letter.latest.timestampMs) > newestApplicableAgeMs;
}
