/** A steady trickle of payments to the ingress of a world, for as long as a drill takes. */
import { createLedger, sendLoad } from '@trunkline/testkit';

import type { FaultWorld } from '../world.ts';

const perSecond = 20;
const unlimited = 1_000_000;
const deadlineMs = 1_200_000;

export interface Load {
  /** Events that were promised. */
  readonly promised: ReadonlySet<string>;
  stop(): Promise<void>;
}

export function sendWhile(world: FaultWorld): Load {
  const ledger = createLedger();
  const over = new AbortController();
  const sending = sendLoad({
    post: (n) => world.sender.post(n),
    deliveries: unlimited,
    perSecond,
    maxOpen: 100,
    retryAfterMs: 250,
    deadlineMs,
    ledger,
    signal: over.signal,
  });
  return {
    promised: ledger.promised,
    stop: async () => {
      over.abort();
      await sending;
    },
  };
}
