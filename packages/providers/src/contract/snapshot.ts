import type { EventTypeOf, ExactJson, PayloadOf, StatedFieldOf, StatedTopic } from '@trunkline/events';
import { stating } from '@trunkline/events';

import { member } from './json-body.ts';
import type { Normalization } from './normalization.ts';

/** Topic, type, payload and stated fields of a draft: what an object of the provider decides. */
type FactOf<T extends StatedTopic> = T extends StatedTopic
  ? {
      readonly topic: T;
      readonly type: EventTypeOf<T>;
      readonly lead?: number;
      readonly payload: PayloadOf<T>;
      readonly statedFields: readonly StatedFieldOf<T>[];
    }
  : never;

/** What was read out of one object. */
export interface SnapshotFact {
  readonly fact: FactOf<StatedTopic>;
  /** Paths whose value is not what the provider documents; their fields are left unstated. */
  readonly unreadable: readonly string[];
}

/** Gives the value of a field; undefined for a value that is not of the documented form. Null never gets there. */
export type Read<V> = (value: ExactJson) => V | undefined;

/** Collects what an object of a provider states, field by field: what it carries, null included, and nothing else. */
export class SnapshotReader<T extends StatedTopic> {
  readonly #topic: T;
  readonly #object: ExactJson | undefined;
  readonly #stated: Partial<PayloadOf<T>> = {};
  readonly #unreadable: Set<string> = new Set();

  constructor(topic: T, object: ExactJson | undefined) {
    this.#topic = topic;
    this.#object = object;
  }

  /** The value at a path: member names joined by dots. A null on the way is the null at its end. */
  find(path: string): ExactJson | undefined {
    // Most paths are one name.
    if (!path.includes('.')) return this.#object === null ? null : member(this.#object, path);
    let value: ExactJson | undefined = this.#object;
    for (const name of path.split('.')) {
      if (value === null) return null;
      value = member(value, name);
    }
    return value;
  }

  /** States a field when the object has the member and it reads; null is a statement, too. */
  state<F extends StatedFieldOf<T>>(field: F, path: string, read: Read<PayloadOf<T>[F]>): void {
    const value = this.find(path);
    if (value === undefined) return;
    const result = value === null ? null : read(value);
    if (result === undefined) this.flaw(path);
    else this.#set(field, result);
  }

  /** States what is known otherwise; undefined is not known. */
  say<F extends StatedFieldOf<T>>(field: F, value: PayloadOf<T>[F] | undefined): void {
    if (value !== undefined) this.#set(field, value);
  }

  #set(field: StatedFieldOf<T>, value: unknown): void {
    // `state` and `say` took the value as one of its field.
    (this.#stated as Record<string, unknown>)[field] = value;
  }

  /** Remembers a path whose value is not what the provider documents. */
  flaw(path: string): void {
    this.#unreadable.add(path);
  }

  /** `aside` fills fields that describe the event and are never stated. */
  fact(type: EventTypeOf<T>, lead?: number, aside: Partial<PayloadOf<T>> = {}): SnapshotFact {
    const fact = {
      topic: this.#topic,
      type,
      ...(lead === undefined ? {} : { lead }),
      ...stating(this.#topic, { ...this.#stated }, aside),
    };
    return {
      // One topic's parts are the member of that topic; the compiler cannot choose it while T is open.
      fact: fact as unknown as FactOf<StatedTopic>,
      unreadable: [...this.#unreadable],
    };
  }
}

/** The verdict on an object of which some members could not be read. */
export function completeness(unreadable: readonly string[]): Pick<Normalization, 'verdict' | 'reason'> {
  if (unreadable.length === 0) return { verdict: 'normalised' };
  return { verdict: 'partial', reason: `not of the documented form: ${unreadable.join(', ')}` };
}
