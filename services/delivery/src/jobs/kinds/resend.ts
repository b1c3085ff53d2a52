import type { KindRule } from './kind.ts';

/** What somebody chose, once more: what came to an end, delivered or not, unless other states are named. What waits is on its way already. */
export const resend: KindRule = {
  onlyWanted: false,
  chooses: ({ state }, states) =>
    state !== 'waiting' && (states.length === 0 ? state !== 'untold' : states.includes(state)),
};
