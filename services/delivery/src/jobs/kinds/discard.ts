import type { KindRule } from './kind.ts';

/** What waits. */
export const discard: KindRule = { onlyWanted: false, chooses: ({ state }) => state === 'waiting' };
