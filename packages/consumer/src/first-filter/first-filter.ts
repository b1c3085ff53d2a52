import type { RecordId } from '@trunkline/core';

/**
 * A cheap first look at which events are done already, before any transaction (done markers in Redis). The inbox decides; this
 * saves it work. Implementations never reject and never take long: without an answer `seen` is empty.
 */
export interface FirstFilter {
  seen(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>>;
  /** Called after the commit only. A dead-lettered event is not done. */
  remember(ids: readonly RecordId[]): Promise<void>;
}

/** Asks nobody. */
export const noFirstFilter: FirstFilter = {
  seen: () => Promise.resolve(new Set()),
  remember: () => Promise.resolve(),
};
