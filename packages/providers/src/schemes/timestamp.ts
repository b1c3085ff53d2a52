import { type Rejected, rejected } from '../contract/verdict.ts';

export type TimestampUnit = 's' | 'ms';

export interface TimestampRule {
  readonly unit: TimestampUnit;
  /** Both ways: an older delivery may be a replay, a newer one means that a clock is wrong. */
  readonly toleranceMs: number;
}

/**
 * A timestamp as its provider writes it: a decimal number without sign, exponent, blank or leading zero. At most 15
 * digits, so it is an exact number (2^53 has 16).
 */
export function readTimestamp(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

/** The timestamp a sender would write at an instant. */
export function writeTimestamp(nowMs: number, unit: TimestampUnit): string {
  return String(inUnit(nowMs, unit));
}

/**
 * Refuses a timestamp outside the tolerance. Compared in the sender's unit, as the official libraries do, so an age of
 * exactly the tolerance passes during its whole second.
 */
export function staleness(timestamp: number, nowMs: number, rule: TimestampRule): Rejected | undefined {
  const age = inUnit(nowMs, rule.unit) - timestamp;
  const tolerance = inUnit(rule.toleranceMs, rule.unit);
  const limit = `the limit is ${tolerance} ${rule.unit}`;
  if (age > tolerance) return rejected('timestamp_expired', `it was signed ${age} ${rule.unit} ago; ${limit}`);
  if (-age > tolerance)
    return rejected('timestamp_in_future', `it was signed ${-age} ${rule.unit} ahead of this clock; ${limit}`);
  return undefined;
}

function inUnit(ms: number, unit: TimestampUnit): number {
  return unit === 's' ? Math.floor(ms / 1000) : ms;
}
