import { filterLimits } from './limits.ts';

/** Why a part has no value. What is `missing` was not stated, or was cleared; what `failed` could not be computed. */
export class NoValue {
  readonly kind: 'missing' | 'failed';
  readonly reason: string;

  constructor(kind: 'missing' | 'failed', reason: string) {
    this.kind = kind;
    this.reason = reason;
  }
}

export const missing = new NoValue('missing', 'the event does not state it');
export const divisionByZero = new NoValue('failed', 'division by zero');
export const overflow = new NoValue('failed', 'a number is too large');
export const notATime = new NoValue('failed', 'a text is no time');

/** Ends the whole evaluation: what would come after it cannot be paid for. Made once, since its stack says nothing. */
export class Exceeded extends Error {}

const outOfSteps = new Exceeded(`it takes more than ${filterLimits.steps} steps`);
const outOfSharedSteps = new Exceeded(
  `with the filters of other endpoints it takes more than ${filterLimits.sharedSteps} steps`,
);
const listTooLong = new Exceeded(`a list has more than ${filterLimits.listItems} items`);

/** What the filters that judge one message for the same owner have not spent yet. */
export interface SharedSteps {
  left: number;
}

/** For one message. */
export function sharedSteps(): SharedSteps {
  return { left: filterLimits.sharedSteps };
}

/** One message judged by one filter. */
export class Run {
  readonly message: unknown;
  readonly #most: number;
  /** Of the macros around a part, the outermost first. */
  readonly variables: unknown[] = [];
  #steps = 0;

  constructor(message: unknown, shared: SharedSteps = sharedSteps()) {
    this.message = message;
    this.#most = Math.min(filterLimits.steps, Math.max(filterLimits.leastSteps, shared.left));
  }

  /** Throws `Exceeded` where so many steps more are too many. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#most) throw this.#most < filterLimits.steps ? outOfSharedSteps : outOfSteps;
  }

  /** A list that is gone through. Throws `Exceeded` for one that is too long. */
  items(value: unknown): readonly unknown[] | NoValue {
    if (!Array.isArray(value)) return value instanceof NoValue ? value : missing;
    if (value.length > filterLimits.listItems) throw listTooLong;
    const items: readonly unknown[] = value;
    return items;
  }

  get steps(): number {
    return this.#steps;
  }
}
