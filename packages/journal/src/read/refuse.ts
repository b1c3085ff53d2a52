import { TrunklineError } from '@trunkline/core';

import { journalLimits } from '../limits.ts';

/** Throws `config_invalid` for a page of no rows, or of more than one has. */
export function refusePage(rows: number, mostRows: number): void {
  if (!Number.isInteger(rows) || rows < 1 || rows > mostRows)
    throw new TrunklineError('config_invalid', `a page has from 1 to ${mostRows} rows, not ${rows}`);
}

/** Throws `config_invalid` for more words than one search takes. */
export function refuseWords(words: readonly string[]): void {
  const { searchWords } = journalLimits;
  if (words.length > searchWords)
    throw new TrunklineError('config_invalid', `${words.length} words: a search takes ${searchWords} at most`);
}
