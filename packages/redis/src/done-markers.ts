import type { RecordId } from '@trunkline/core';

/**
 * Which events a group has finished lately. A hint that saves work and never the truth: a marker may be missing at any
 * time, but one that is there was written after its event's effect was committed.
 */
export interface DoneMarkers {
  /** Those of the ids that are marked. Never rejects; without an answer in time, none. */
  seen(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>>;
  /** Marks them, if it can. To be called after the commit only. Never rejects. */
  remember(ids: readonly RecordId[]): Promise<void>;
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/** Whose markers: groups, installations and databases may share one server. */
export interface MarkerScope {
  /** Prefix of the installation; may be empty. */
  readonly namespace: string;
  readonly group: string;
  /** Names the inbox that the markers speak for. When that is another one, its markers are other ones. */
  readonly inboxEpoch: string;
}

/** `<namespace><group>:<inboxEpoch>:`, before the event id. */
export function markerPrefix({ namespace, group, inboxEpoch }: MarkerScope): string {
  return `${namespace}${group}:${inboxEpoch}:`;
}

/**
 * Longer than a burst of redeliveries lasts, short enough to be held in memory: 10 events/s × 21,600 s = 216,000 markers
 * of about 200 bytes, some 43 MB.
 */
export const markerTtlMs: number = 6 * 3_600_000;
