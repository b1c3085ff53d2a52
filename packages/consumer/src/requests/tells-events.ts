import { uuidOf } from '@trunkline/core';
import { encodeEvent, type EventCodec, type SealedEvent } from '@trunkline/events';
import { addToOutbox, type Transaction } from '@trunkline/postgres';

/** How a service tells events of its own. */
export interface TellsEvents {
  /** Puts events into the outbox, in the service's transaction: published after its commit and at least once, or never. */
  add(tx: Transaction, events: readonly SealedEvent[]): Promise<void>;
  /** A transaction that added some has committed. */
  nudge(): void;
}

export function createTellsEvents({
  codec,
  nudge,
}: {
  /** Knows the topics that are told on. */
  readonly codec: Pick<EventCodec, 'encode'>;
  readonly nudge: () => void;
}): TellsEvents {
  return {
    nudge,
    add: (tx, events) =>
      addToOutbox(
        tx,
        events.map((sealed) => ({
          ...encodeEvent(codec, sealed, {}),
          recordId: uuidOf(sealed.eventId),
          tenantId: sealed.record.metadata.tenantId,
        })),
      ),
  };
}
