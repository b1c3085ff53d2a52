import type { TrunklineError } from '@trunkline/core';
import { isStatementTimeout } from '@trunkline/postgres';

import type { EffectOutcome } from './apply.ts';
import type { Attempt } from './report.ts';

/** A run that ended with an effect that is committed, or with none that is needed. */
export interface Done {
  readonly attempt: Attempt;
  readonly outcome: EffectOutcome;
}

/** A run that failed, and why. Nothing is published yet. */
export interface Failed {
  readonly attempt: Attempt;
  readonly error: TrunklineError;
  /** False when no handler saw it. */
  readonly ran: boolean;
}

/** Not run: one before it of its key failed, and the key is kept in order. */
export interface Behind {
  readonly attempt: Attempt;
  /** The one that failed. */
  readonly behind: Attempt;
}

export type Result = Done | Failed | Behind;

/** Its run used up all the time it had: whoever tries many such one by one stands still. */
export function isHang(error: TrunklineError): boolean {
  return error.code === 'handler_timeout' || isStatementTimeout(error);
}

export function isBehind(result: Result): result is Behind {
  return 'behind' in result;
}

export function isFailed(result: Result): result is Failed {
  return 'error' in result;
}
