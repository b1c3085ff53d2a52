import { type Clock, systemClock } from '@trunkline/core';

/**
 * What time it is at least on the broker. A delay is counted from the broker's timestamp, and our clock may be behind
 * its or be set while a record waits. Seeing a record proves that the broker's clock had reached its timestamp; from
 * there, and from our start, time goes on by a clock that never jumps. So no wait is longer than the delay itself, and
 * none is shorter because our clock was set forward. What cannot be seen from here is a clock that was ahead from the
 * start: `trunkline doctor` compares it.
 */
export class BrokerClock {
  readonly #wallMs: Clock;
  readonly #steadyMs: Clock;
  /** Our time minus steady time when we began: what our clock would say if nobody had set it since. */
  readonly #startedAheadMs: number;
  /** Broker time minus steady time, the largest that was proved. */
  #provedAheadMs = Number.NEGATIVE_INFINITY;

  constructor(wallMs: Clock = systemClock, steadyMs: Clock = () => performance.now()) {
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    this.#startedAheadMs = wallMs() - steadyMs();
  }

  /** How long a record with this timestamp still has to wait; 0 when it is due. */
  remainingMs(timestampMs: number, delayMs: number): number {
    const steadyMs = this.#steadyMs();
    this.#provedAheadMs = Math.max(this.#provedAheadMs, timestampMs - steadyMs);
    const wallAheadMs = Math.min(this.#wallMs() - steadyMs, this.#startedAheadMs);
    const nowMs = steadyMs + Math.max(wallAheadMs, this.#provedAheadMs);
    return Math.max(0, Math.ceil(timestampMs + delayMs - nowMs));
  }
}
