import { nameBasedHex, netstrings } from '@trunkline/core';

/** `cau_` + 32 lower-case hex digits: what dead letters failed of, as far as it can be told without reading texts. */
export type CauseId = `cau_${string}`;

export interface CauseIdentity {
  /** `x-exception-code`; empty where the record has none. */
  readonly code: string;
  /** `x-exception-class`; empty where the record has none. */
  readonly class: string;
  /** The first frame of our own code, without line and column; empty where there is none. */
  readonly frame: string;
  /** The constraint that Postgres named; empty where it named none. */
  readonly constraint: string;
}

/** The same for every letter that failed in the same way at the same place, in whichever group and release. */
export function causeId({ code, class: thrown, frame, constraint }: CauseIdentity): CauseId {
  return `cau_${nameBasedHex(netstrings(['c1', code, thrown, frame, constraint]))}`;
}

export function isCauseId(text: string): text is CauseId {
  return /^cau_[0-9a-f]{32}$/.test(text);
}
