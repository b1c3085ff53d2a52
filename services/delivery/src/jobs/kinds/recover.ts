import type { KindRule } from './kind.ts';

/** What was meant for the endpoint and never reached it: given up, skipped or discarded. */
export const recover: KindRule = {
  onlyWanted: false,
  chooses: ({ state }) => state === 'exhausted' || state === 'expired' || state === 'skipped' || state === 'discarded',
};
