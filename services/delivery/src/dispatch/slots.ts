import type { EndpointHealth } from '@trunkline/delivery';

import { deliveryLimits } from '../limits.ts';

export const slotClasses = ['proven', 'unproven', 'suspect'] as const;

/** How far an endpoint is trusted with slots: by what its last request came to, and by how long that took. */
export type SlotClass = (typeof slotClasses)[number];

export function slotClassOf({ failingSinceMs, lastSuccessAtMs }: EndpointHealth, lastTookMs: number): SlotClass {
  // One that takes its messages slowly holds a slot as long as one that hangs.
  if (failingSinceMs !== null || lastTookMs > deliveryLimits.slowMs) return 'suspect';
  return lastSuccessAtMs === null ? 'unproven' : 'proven';
}

/**
 * The requests that may be under way at a time. Those that fail or are slow have a quarter of them, and they and those of whom nothing
 * is known a half: however many receivers are dead or hang, one that takes its messages always finds the other half.
 */
export interface Slots {
  isFree(of: SlotClass): boolean;
  /** Takes one; the function that it returns gives it back. */
  take(of: SlotClass): () => void;
  taken(): number;
}

export function createSlots(most: number): Slots {
  const taken: Record<SlotClass, number> = { proven: 0, unproven: 0, suspect: 0 };
  const doubtful = (): number => taken.unproven + taken.suspect;
  const all = (): number => taken.proven + doubtful();
  return {
    isFree(of) {
      if (all() >= most) return false;
      if (of === 'proven') return true;
      return doubtful() < most / 2 && (of === 'unproven' || taken.suspect < most / 4);
    },
    take(of) {
      taken[of] += 1;
      return () => {
        taken[of] -= 1;
      };
    },
    taken: all,
  };
}
