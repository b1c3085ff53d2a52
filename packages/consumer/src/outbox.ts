/** The service's outbox, as far as the flow of a batch has to do with it; packages/relay's fits. */
export interface Outbox {
  /** Throws `overloaded` while it is full: the group pauses, as for a dependency that is away. */
  refuseWhenFull(): void;
  /** A transaction has committed that has written to it. */
  nudge(): void;
}

/** Of a service that asks for nothing. */
export const noOutbox: Outbox = { refuseWhenFull: () => undefined, nudge: () => undefined };
