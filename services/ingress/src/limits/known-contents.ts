import { createRecentMap } from '@trunkline/core';

/**
 * What the last events said, by id: a provider that uses one id for two contents is noticed by the process that saw both
 * (docs/adr/0012-one-id-two-contents.md). About 150 bytes an event.
 */
export interface KnownContents {
  /** Whether an event of that id said something else before. The first content stays the known one. */
  isOther(eventId: string, digest: string): boolean;
}

/** 8 MB; a quarter of an hour at 50 events a second, which covers a provider's first repeats. */
const maxKnownContents = 50_000;

export function createKnownContents(limit: number = maxKnownContents): KnownContents {
  const digests = createRecentMap<string, string>(limit);
  return {
    isOther: (eventId, digest) => (digests.get(eventId) ?? digests.set(eventId, digest)) !== digest,
  };
}
