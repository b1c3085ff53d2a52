import type { DomainTopic, EventDraft } from '@trunkline/events';

/**
 * normalised: everything it says is in its events. partial: some of it is not. unnormalised: authentic, but
 * unreadable. ignored: deliberately nothing (the other mode of a payment account).
 */
export type NormalizationVerdict = 'normalised' | 'partial' | 'unnormalised' | 'ignored';

export interface Normalization {
  readonly verdict: NormalizationVerdict;
  /** Why it is not `normalised`. Never a value of the payload. */
  readonly reason?: string;
  readonly events: readonly EventDraft[];
}

/** A draft whose topic, type, fields and payload belong together. */
type AnyEventDraft = { readonly [T in DomainTopic]: EventDraft<T> }[DomainTopic];

/**
 * A draft, checked as the one of its topic and then given the type that carries any of them. (The compiler takes
 * EventDraft for invariant, so it wants the copy.)
 */
export function draftOf(draft: AnyEventDraft): EventDraft {
  return { ...draft };
}
