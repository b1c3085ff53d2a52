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
const listTooLong = new Exceeded(`a list has more than ${filterLimits.listItems} items`);

/** One message judged by one filter. */
export class Run {
  readonly message: unknown;
  /** Of the macros around a part, the outermost first. */
  readonly variables: unknown[] = [];
  #steps = 0;

  constructor(message: unknown) {
    this.message = message;
  }

  /** Throws `Exceeded` where so many steps more are too many. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > filterLimits.steps) throw outOfSteps;
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
