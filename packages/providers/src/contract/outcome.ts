import type { EventDraft } from '@trunkline/events';

import type { Normalization } from './normalization.ts';

/** What became of one item of a delivery. */
export interface ItemOutcome {
  readonly events: readonly EventDraft[];
  /** What it says and its events do not, in our words: names of members, never their values. */
  readonly flaws: readonly string[];
}

/** How many flaws a reason names; a batch of bad items has one per item and member. */
const maxNamedFlaws = 10;

/** The normalisation of a delivery from those of its items, in their order. */
export function normalizationOf(items: readonly ItemOutcome[]): Normalization {
  const events = items.flatMap((item) => item.events);
  const flaws = [...new Set(items.flatMap((item) => item.flaws))];
  const reason = flaws.slice(0, maxNamedFlaws).join('; ');
  if (events.length === 0) return { verdict: 'ignored', reason: reason || 'it carries no item', events };
  return flaws.length === 0 ? { verdict: 'normalised', events } : { verdict: 'partial', reason, events };
}

/** The flaws of members whose value is not what the provider documents. */
export function undocumented(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `not of the documented form: ${path}`);
}

/** The flaws of members that an event's id or time is made of and that are not there. */
export function notFound(names: readonly string[]): readonly string[] {
  return names.map((name) => `not found or not usable: ${name}`);
}
