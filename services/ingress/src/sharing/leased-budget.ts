import type { Link } from '@trunkline/runtime';

import type { MovingLimit } from '../limits/byte-budget.ts';
import { sharingWord } from './words.ts';

/** What every worker may hold without asking: half of the budget is divided, the other half lent to whoever needs it. */
export function floorBytes(budgetBytes: number, workers: number): number {
  return Math.floor(budgetBytes / (2 * workers));
}

/** A worker's part of the one budget. */
export function createLeasedLimit(first: Link, floor: number): MovingLimit {
  let allowed = floor;
  let used = 0;
  let asking = false;

  const answered = (bytes: number): void => {
    allowed = bytes;
    asking = false;
    giveBack();
  };
  const ask = (bytes: number): void => {
    asking = true;
    first.ask(sharingWord.budget, bytes).then(
      // What the first process answers is a number of bytes.
      (granted) => answered(granted as number),
      // Without an answer what was allowed before still is; the next request asks again.
      () => answered(allowed),
    );
  };
  /** What is far more than is used. Done before it is told, so that the sum never is above the budget. */
  const giveBack = (): void => {
    const enough = Math.max(floor, 2 * used);
    if (allowed < 2 * enough && (used > 0 || allowed === floor)) return;
    allowed = enough;
    first.tell(sharingWord.budgetReturned, allowed);
  };
  return {
    bytes: () => allowed,
    usedNow: (bytes) => {
      used = bytes;
      if (asking) return;
      // As much again as is used, ahead of need, since nothing waits for the answer.
      if (2 * used > allowed) ask(Math.max(floor, 3 * used));
      else if (allowed > floor) giveBack();
    },
  };
}
