import type { EndpointHealth } from '@trunkline/delivery';

import { type AttemptCode, attemptCodes } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';

/** What changed about an endpoint, beyond its figures. */
export type HealthChange =
  /** The first failure after a success. */
  | { readonly kind: 'failing' }
  /** It will be disabled at that time unless a request succeeds; told at some parts of the time. */
  | { readonly kind: 'warned'; readonly percent: number; readonly disableAtMs: number }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'disable'; readonly reason: string };

export interface Judged {
  readonly health: EndpointHealth;
  readonly change?: HealthChange;
  /** Whether the row has to be written: a success after a success says nothing new for a while. */
  readonly isNews: boolean;
}

/** A success is written at most so often, so that a busy endpoint does not cost a row's change for each message. */
const successEveryMs = 30_000;

/** The health after one more request. */
export function judgeHealth(health: EndpointHealth, code: AttemptCode, nowMs: number): Judged {
  const said: string = attemptCodes[code].health;
  if (said === 'success') return succeeded(health, nowMs);
  if (said !== 'failure') return { health, isNews: false };
  const failingSinceMs = health.failingSinceMs ?? nowMs;
  const failures = health.failures + 1;
  const failed = { ...health, lastFailureAtMs: nowMs, lastCode: code, failingSinceMs, failures };
  if (code === 'http_410')
    return { health: failed, change: { kind: 'disable', reason: 'it answered 410 Gone' }, isNews: true };
  if (health.failingSinceMs === null) return { health: failed, change: { kind: 'failing' }, isNews: true };
  return warnedOrDisabled(failed, failingSinceMs, nowMs);
}

function succeeded(health: EndpointHealth, nowMs: number): Judged {
  const well = { ...health, lastSuccessAtMs: nowMs, failingSinceMs: null, failures: 0, told: 0 };
  if (health.failingSinceMs !== null) return { health: well, change: { kind: 'recovered' }, isNews: true };
  const isNews = nowMs - (health.lastSuccessAtMs ?? 0) >= successEveryMs;
  return { health: isNews ? well : health, isNews };
}

function warnedOrDisabled(health: EndpointHealth, failingSinceMs: number, nowMs: number): Judged {
  const { disableAfterMs, disableLeastFailures, tellAtPercent } = deliveryLimits;
  const percent = ((nowMs - failingSinceMs) / disableAfterMs) * 100;
  const reached = tellAtPercent.findLast((part) => percent >= part) ?? 0;
  // Never without a word: one that failed seldom, or while nobody looked, is told of first and disabled at a later failure.
  if (percent >= 100 && health.failures >= disableLeastFailures && health.told >= (tellAtPercent.at(-1) ?? 0)) {
    const days = disableAfterMs / 86_400_000;
    return {
      health,
      change: { kind: 'disable', reason: `no success for ${days} days in ${health.failures} failures` },
      isNews: true,
    };
  }
  if (reached <= health.told) return { health, isNews: true };
  const disableAtMs = failingSinceMs + disableAfterMs;
  return {
    health: { ...health, told: reached },
    change: { kind: 'warned', percent: reached, disableAtMs },
    isNews: true,
  };
}
