import fc from 'fast-check';

import { booked, type Booking, canceled, move } from './bookings.ts';

/** b0 is booked and moved again and again, b1, b2, …: both halves of each move. */
export function chainOf(length: number): readonly Booking[] {
  const moves = Array.from({ length }, (_, index) => move(`b${index}`, `b${index + 1}`, 2_000 + 1_000 * index));
  return [booked('b0', 1_000), ...moves.flatMap(({ left, took }) => [left, took])];
}

export interface Chain {
  readonly length: number;
  readonly isCanceled: boolean;
  readonly events: readonly Booking[];
  readonly size: number;
}

/** Its events in any order, to come in batches of a size; the last booking may be called off in the end. */
export const chains: fc.Arbitrary<Chain> = fc
  .record({ length: fc.integer({ min: 1, max: 4 }), isCanceled: fc.boolean() })
  .chain((chain) => {
    const all = [...chainOf(chain.length), ...(chain.isCanceled ? [canceled(`b${chain.length}`, 90_000)] : [])];
    return fc.record({
      length: fc.constant(chain.length),
      isCanceled: fc.constant(chain.isCanceled),
      events: fc.shuffledSubarray(all, { minLength: all.length }),
      size: fc.integer({ min: 1, max: 4 }),
    });
  });
