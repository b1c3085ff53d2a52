import type { EventId } from '@trunkline/core';

/**
 * A cheap first look at which events are done already, before any transaction (done markers in Redis). The inbox decides; this
 * saves it work. Implementations never reject and never take long: without an answer `seen` is empty.
 */
export interface FirstFilter {
  seen(ids: readonly EventId[]): Promise<ReadonlySet<EventId>>;
  /** Called after the commit only. A dead-lettered event is not done. */
  remember(ids: readonly EventId[]): Promise<void>;
}

/** Asks nobody. */
export const noFirstFilter: FirstFilter = {
  seen: () => Promise.resolve(new Set()),
  remember: () => Promise.resolve(),
};
