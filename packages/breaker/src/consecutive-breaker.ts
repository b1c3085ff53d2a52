import type { Clock } from '@trunkline/core';

export interface ConsecutiveBreakerOptions {
  /** Opens after so many failures with no success between them. */
  readonly failures: number;
  /** How long it stays open before one operation is let through as the probe. */
  readonly openMs: number;
  readonly now: Clock;
  /** What `state()` told before the process ended. */
  readonly restored?: BreakerState;
  /** Called once per change, not once per failure. */
  readonly onChange?: (change: 'opened' | 'closed') => void;
}

export interface BreakerState {
  readonly failures: number;
  /** When the next probe may go, epoch milliseconds; undefined while operations are let through. */
  readonly probeAtMs: number | undefined;
}

/** A pass is settled once; what it says after the breaker has changed meanwhile counts all the same. */
export interface Pass {
  readonly kind: 'pass';
  readonly isProbe: boolean;
  /** `neither`: the operation says nothing about the other side, because it never got there or was told to wait. */
  settle(outcome: 'success' | 'failure' | 'neither'): void;
}

/** Stands in front of what belongs to somebody else: an account at a provider, a host. */
export interface ConsecutiveBreaker {
  admit(): Pass | { readonly kind: 'open'; readonly probeAtMs: number };
  state(): BreakerState;
}

/**
 * Counts failures in a row, which a share of failures over a window (opossum) cannot say: with 99 successes before it an
 * outage takes long to be noticed, and slow calls never fill the window. It has no timer, so there may be thousands, and
 * its operations are its callers': one of them is the probe, the others are refused until that is settled.
 */
export function createConsecutiveBreaker(options: ConsecutiveBreakerOptions): ConsecutiveBreaker {
  const { failures: limit, openMs, now, restored, onChange } = options;
  let failures = restored?.failures ?? 0;
  let probeAtMs = restored?.probeAtMs;
  let isProbing = false;

  function settle(outcome: 'success' | 'failure' | 'neither', isProbe: boolean): void {
    if (isProbe) isProbing = false;
    if (outcome === 'neither') return;
    const wasOpen = probeAtMs !== undefined;
    if (outcome === 'success') {
      // What began before it opened proves nothing about now.
      if (wasOpen && !isProbe) return;
      failures = 0;
      probeAtMs = undefined;
      if (wasOpen) onChange?.('closed');
      return;
    }
    failures += 1;
    if (wasOpen ? !isProbe : failures < limit) return;
    probeAtMs = now() + openMs;
    if (!wasOpen) onChange?.('opened');
  }

  function pass(isProbe: boolean): Pass {
    let isSettled = false;
    return {
      kind: 'pass',
      isProbe,
      settle: (outcome) => {
        if (!isSettled) settle(outcome, isProbe);
        isSettled = true;
      },
    };
  }

  return {
    admit() {
      if (probeAtMs === undefined) return pass(false);
      if (isProbing || now() < probeAtMs) return { kind: 'open', probeAtMs: Math.max(probeAtMs, now()) };
      isProbing = true;
      return pass(true);
    },
    state: () => ({ failures, probeAtMs }),
  };
}
