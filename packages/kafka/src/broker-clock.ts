import { type Clock, systemClock } from '@trunkline/core';

/**
 * What time it is at least on the broker. A delay is counted from the broker's timestamp, and our clock may be behind
 * its or be set back while a record waits. Seeing a record proves that the broker's clock had reached its timestamp;
 * from there time goes on by a clock that never jumps. So no wait is longer than the delay itself.
 */
export class BrokerClock {
  readonly #wallMs: Clock;
  readonly #steadyMs: Clock;
  /** Broker time minus steady time, the largest that was proved. */
  #provedAheadMs = Number.NEGATIVE_INFINITY;

  constructor(wallMs: Clock = systemClock, steadyMs: Clock = () => performance.now()) {
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
  }

  /** How long a record with this timestamp still has to wait; 0 when it is due. */
  remainingMs(timestampMs: number, delayMs: number): number {
    this.#provedAheadMs = Math.max(this.#provedAheadMs, timestampMs - this.#steadyMs());
    const nowMs = Math.max(this.#wallMs(), this.#steadyMs() + this.#provedAheadMs);
    return Math.max(0, Math.ceil(timestampMs + delayMs - nowMs));
  }
}
