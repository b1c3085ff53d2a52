import { steadyClock } from '@trunkline/core';

import { attemptCodes, type AttemptResult } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';
import type { Lane } from './lane.ts';

/**
 * More at a time with each success, half after a failure, one where the receiver asks for less; and not before it wants. A
 * receiver that was away gets what waited step by step, and one that is away has one request at a time.
 */
export function pace(lane: Lane, { code, retryAfterMs }: AttemptResult, most: number): void {
  const said: string = attemptCodes[code].health;
  const isBusy = code === 'http_429' || code === 'http_503';
  if (code === 'ok') lane.window = Math.min(most, lane.window + 1);
  else if (isBusy) lane.window = 1;
  else if (said === 'failure') lane.window = Math.max(1, Math.floor(lane.window / 2));
  if (isBusy && retryAfterMs !== undefined)
    lane.heldUntilMs = steadyClock() + Math.min(retryAfterMs, deliveryLimits.retryAfterMaxMs);
}
