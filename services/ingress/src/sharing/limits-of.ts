import type { Link } from '@trunkline/runtime';

import type { IngressLimits } from '../config.ts';
import type { MovingLimit } from '../limits/byte-budget.ts';
import {
  createFailedVerifications,
  type FailedVerificationLimits,
  type FailedVerifications,
} from '../limits/failed-verifications.ts';
import { createSourceRates, type SourceRates } from '../limits/source-rates.ts';
import { createHeardFailures } from './heard-failures.ts';
import { createLeasedLimit, floorBytes } from './leased-budget.ts';
import { createLeasedRates } from './leased-rates.ts';

/** The limits that hold for all workers together. */
export interface ProcessLimits {
  readonly rates: SourceRates;
  readonly failedVerifications: FailedVerifications;
  readonly bodyBytes: number | MovingLimit;
}

export interface LimitsConfig {
  readonly limits: FailedVerificationLimits & Pick<IngressLimits, 'bodyBytesInFlight'>;
  readonly workers: number;
}

/** Counted here alone in the only process; in a worker together with the others, through the first process. */
export function limitsOf(
  { limits, workers }: LimitsConfig,
  first: Link | undefined,
  nowMs: () => number,
): ProcessLimits {
  if (first === undefined) {
    return {
      rates: createSourceRates(nowMs),
      failedVerifications: createFailedVerifications(limits, nowMs),
      bodyBytes: limits.bodyBytesInFlight,
    };
  }
  return {
    rates: createLeasedRates(first, nowMs),
    failedVerifications: createHeardFailures(limits, first, nowMs),
    bodyBytes: createLeasedLimit(first, floorBytes(limits.bodyBytesInFlight, workers)),
  };
}
