/** What may be done with many messages of an endpoint. One more is a line, and a file in services/delivery/src/jobs/kinds. */
export const jobKinds = {
  resend: { what: 'send what was chosen once more, also what was delivered', does: 'send', needsSince: true },
  recover: { what: 'send what was given up, skipped or discarded', does: 'send', needsSince: true },
  'replay-missing': {
    what: 'send what the endpoint wants now and never took, whether it was tried or not',
    does: 'send',
    needsSince: true,
  },
  backfill: { what: 'send what the endpoint wants of the time before it was made', does: 'send', needsSince: false },
  discard: { what: 'give up what waits', does: 'discard', needsSince: false },
} as const satisfies Record<
  string,
  { readonly what: string; readonly does: 'send' | 'discard'; readonly needsSince: boolean }
>;

export type JobKind = keyof typeof jobKinds;

export const jobKindNames: readonly JobKind[] = Object.keys(jobKinds) as JobKind[]; // the keys of the very table

/** How a message stands at an endpoint. `untold`: it was never meant for it. */
export const pairStates = ['waiting', 'delivered', 'exhausted', 'expired', 'discarded', 'skipped', 'untold'] as const;
export type PairState = (typeof pairStates)[number];
