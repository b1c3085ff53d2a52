import { canonicalItem, type DraftIdentity, type ExactJson } from '@trunkline/events';

/**
 * Identity by content, for what has no id: who says the same again, says it once. Only for what carries its own time or
 * sequence, or can happen once only; two facts that say the same in all they say would be one (docs/records.md, basis
 * `hash`). `volatileMembers` are those that differ from one attempt to the next. Items of a batch have
 * `BatchItem.contentIdentity`, which counts equal ones.
 */
export function contentIdentity(value: ExactJson, volatileMembers: readonly string[] = []): DraftIdentity {
  return { basis: 'hash', canonicalItem: canonicalItem(value, volatileMembers), occurrence: 0 };
}
