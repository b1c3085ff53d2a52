import { messageOf } from '@trunkline/core';
import CircuitBreaker from 'opossum';

export type BreakerChange = { readonly kind: 'away'; readonly reason: string } | { readonly kind: 'back' };

export interface BreakerOptions {
  /** Longest time a caller waits for an operation. */
  readonly timeoutMs: number;
  /** Time from a failure to the next trial. */
  readonly trialAfterMs: number;
  /** Asks whether operations would succeed again. */
  readonly trial: () => Promise<unknown>;
  /** Called once per change, not once per failure. */
  readonly onChange: (change: BreakerChange) => void;
}

/** Stands between work that must go on and a server that it can do without. */
export interface Breaker {
  /** True when the operation succeeded in time; at once false while the server is away. Never rejects. */
  run(operation: () => Promise<unknown>): Promise<boolean>;
  isClosed(): boolean;
  close(): void;
}

/**
 * Opens at the first failure, because each further one would cost its caller the timeout again. It closes by trials of
 * its own, so that no caller ever pays for one.
 */
export function createBreaker({ timeoutMs, trialAfterMs, trial, onChange }: BreakerOptions): Breaker {
  const circuit = new CircuitBreaker((operation: () => Promise<unknown>) => operation(), {
    timeout: timeoutMs,
    resetTimeout: trialAfterMs,
    errorThresholdPercentage: 0,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  let away = false;
  let reason = '';

  // The circuit keeps the failure to itself unless someone asks: it is the reason for what follows.
  circuit.on('failure', (error: unknown) => {
    reason = messageOf(error);
  });
  circuit.on('open', () => {
    // Emitted after each failed trial too.
    if (away) return;
    away = true;
    onChange({ kind: 'away', reason });
  });
  circuit.on('close', () => {
    if (!away) return;
    away = false;
    onChange({ kind: 'back' });
  });
  // The first call in this state is let through as the trial, and it is ours: nobody else runs in between.
  circuit.on('halfOpen', () => void run(trial));

  async function run(operation: () => Promise<unknown>): Promise<boolean> {
    try {
      await circuit.fire(operation);
      return true;
    } catch {
      // The circuit has taken note of it; the caller's work does not depend on it.
      return false;
    }
  }

  return {
    run,
    isClosed: () => circuit.closed,
    close: () => circuit.shutdown(),
  };
}
