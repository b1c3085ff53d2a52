import type { KindRule } from './kind.ts';

/** What the endpoint wants as it is now and never took, whether it was ever tried or not. */
export const replayMissing: KindRule = {
  onlyWanted: true,
  chooses: ({ state }) => state !== 'delivered' && state !== 'waiting',
};
