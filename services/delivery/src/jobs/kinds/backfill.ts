import type { KindRule } from './kind.ts';

/** What the endpoint wants of the time before it was made. */
export const backfill: KindRule = {
  onlyWanted: true,
  chooses: ({ state, isEarlier, verdict }) =>
    state !== 'delivered' && state !== 'waiting' && (isEarlier || verdict === 'created_later'),
};
