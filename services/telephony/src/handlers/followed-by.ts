import type { BatchHandler, ConsumedEvent } from '@trunkline/consumer';
import type { StatedTopic } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

/** What is done after the rows of a topic are written, in the same transaction, by what they say then. */
export type FollowUp<T extends StatedTopic> = (events: readonly ConsumedEvent<T>[], tx: Transaction) => Promise<void>;

/**
 * A projection, and what follows from its rows. Unlike the parts of a sequence a follow-up reads what the projection
 * wrote: a provider tells a call in pieces and in any order, and the row is what all of them say together. It gets every
 * event, stale ones too, so what it does twice must be done once.
 */
export function followedBy<T extends StatedTopic>(
  projection: BatchHandler<T>,
  ...followUps: readonly FollowUp<T>[]
): BatchHandler<T> {
  return {
    name: projection.name,
    topic: projection.topic,
    types: projection.types,
    handleBatch: async (events, tx) => {
      const outcome = await projection.handleBatch(events, tx);
      // One after the other: they share the transaction.
      for (const followUp of followUps) await followUp(events, tx);
      return outcome;
    },
  };
}
