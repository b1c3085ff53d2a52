import type { EntityKey } from '@trunkline/postgres';

import type { Fact } from './facts.ts';
import { isContradicted, type KnownFact, learn, saysOtherwise } from './known-facts.ts';
import { type Posted, type Posting, postingsDue } from './postings.ts';

/** What changes of one object in the ledger. */
export interface Entry {
  readonly object: EntityKey;
  readonly added: readonly KnownFact[];
  readonly raised: readonly KnownFact[];
  readonly postings: readonly Posting[];
  readonly isContradicted: boolean;
}

/** `told` is about one object, of which `known` and `before` are all there is. */
export function entryOf(told: readonly Fact[], known: readonly KnownFact[], before: readonly Posted[]): Entry {
  const [first] = told;
  if (first === undefined) throw new TypeError('an entry of the ledger needs a fact');
  const learned = learn(known, told);
  return {
    object: first.object,
    added: learned.added,
    raised: learned.raised,
    postings: postingsDue(learned.known, [...learned.added, ...learned.raised], before),
    isContradicted: isContradicted(learned.known),
  };
}

/** Whether it says otherwise than what was said before, and not as a correction. */
export function disagrees({ isContradicted: isOpen, added }: Entry): boolean {
  return isOpen && added.some(saysOtherwise);
}
