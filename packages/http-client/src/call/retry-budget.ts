import { type Clock, createRecentMap } from '@trunkline/core';

import type { CallLimits } from './limits.ts';

/** Keeps repeats a small part of what is sent to a host: many callers who repeat make the outage that they wait out. */
export interface RetryBudget {
  called(host: string): void;
  /** Takes one repeat, if there is one. */
  take(host: string): boolean;
}

const windowMs = 60_000;
const slots = 6;
const slotMs = windowMs / slots;

interface Slot {
  number: number;
  calls: number;
  repeats: number;
}

/** Counts in slots of ten seconds, of which the last six are a minute. */
export function createRetryBudget(
  limits: Pick<CallLimits, 'retryShare' | 'freeRepeats' | 'maxBreakers'>,
  now: Clock,
): RetryBudget {
  const hosts = createRecentMap<string, Slot[]>(limits.maxBreakers);

  function slotOf(host: string): { current: Slot; all: readonly Slot[] } {
    const number = Math.floor(now() / slotMs);
    const all = hosts.get(host) ?? hosts.set(host, []);
    let current = all.at(-1);
    if (current === undefined || current.number !== number) {
      current = { number, calls: 0, repeats: 0 };
      all.push(current);
      while ((all[0]?.number ?? number) <= number - slots) all.shift();
    }
    return { current, all };
  }

  return {
    called(host) {
      slotOf(host).current.calls += 1;
    },
    take(host) {
      const { current, all } = slotOf(host);
      const sum = (pick: (slot: Slot) => number): number => all.reduce((total, slot) => total + pick(slot), 0);
      if (sum(({ repeats }) => repeats) >= limits.freeRepeats + limits.retryShare * sum(({ calls }) => calls))
        return false;
      current.repeats += 1;
      return true;
    },
  };
}
