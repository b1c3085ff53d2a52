import type { ErrorCode } from '@trunkline/core';

import type { Arrived, Happening } from './happening.ts';
import type { PlainAnswer } from './judge.ts';

/** What came of a call, after its repeats. */
export type CallOutcome = CallAnswer | CallFailure;

/** What every call has to tell. */
export interface CallFacts {
  /** Requests that were written or tried to be. */
  readonly attempts: number;
  /** Of the whole call: for turns of a rate limit and before repeats. */
  readonly waitedMs: number;
}

export interface CallAnswer extends PlainAnswer, CallFacts {
  readonly kind: 'answer';
}

export interface CallFailure extends CallFacts {
  readonly kind: 'failure';
  readonly code: ErrorCode;
  readonly happening: Happening;
  readonly arrived: Arrived;
  /** Of the last answer, if there was one. */
  readonly answer?: PlainAnswer;
  /** Before that another try is in vain. */
  readonly retryAfterMs?: number;
  /** For an operator, without any value of request or answer. */
  readonly detail: string;
}
