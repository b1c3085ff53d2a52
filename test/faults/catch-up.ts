/** How long a consumer that took over works off what had piled up. */

export interface Effect {
  readonly appliedAtMs: number;
  /** From the delivery's arrival to its effect. */
  readonly lagMs: number;
}

/** From the start of a process to its end, or to the end of the measurement. */
export interface Life {
  readonly bornAtMs: number;
  readonly endedAtMs: number;
}

export interface CatchUp {
  /** From its birth to its first effect: nobody worked. */
  readonly idleMs: number;
  /** From its first effect until as many as asked for in a row were calm, or to its end. */
  readonly workedMs: number;
  readonly isDone: boolean;
}

/** What counts as caught up: so many effects in a row that came as fast. */
export interface Calm {
  readonly lagMs: number;
  readonly inARow: number;
}

/** Undefined for a life that ended before its first effect. */
export function catchUpOf(life: Life, effects: readonly Effect[], calm: Calm): CatchUp | undefined {
  const { bornAtMs, endedAtMs } = life;
  const own = effects
    .filter(({ appliedAtMs }) => appliedAtMs > bornAtMs && appliedAtMs <= endedAtMs)
    .sort((a, b) => a.appliedAtMs - b.appliedAtMs);
  const [first] = own;
  if (first === undefined) return undefined;
  const idleMs = first.appliedAtMs - bornAtMs;
  let inARow = 0;
  let sinceMs = first.appliedAtMs;
  for (const { appliedAtMs, lagMs } of own) {
    if (lagMs > calm.lagMs) inARow = 0;
    else {
      if (inARow === 0) sinceMs = appliedAtMs;
      inARow += 1;
      if (inARow === calm.inARow) return { idleMs, workedMs: sinceMs - first.appliedAtMs, isDone: true };
    }
  }
  return { idleMs, workedMs: endedAtMs - first.appliedAtMs, isDone: false };
}
