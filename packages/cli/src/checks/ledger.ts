import { classify } from '@trunkline/core';
import { ok, skipped, warning } from '@trunkline/operations';

import { contradictionsOf } from '../ledger/check.ts';
import { objectText } from '../ledger/object.ts';
import { readLedger } from '../ledger/open.ts';
import type { CommandCheck } from './command-check.ts';

/** So many are named: a check is one line. */
const named = 4;

/** Providers that contradict themselves about money: somebody has to look. */
export const ledger: CommandCheck = {
  name: 'ledger',
  requires: ['sources', 'postgres'],
  async run(context) {
    try {
      const found = await readLedger({}, context, (tx) => contradictionsOf(tx, { limit: named }));
      const { contradictions, contradictionCount: count } = found;
      if (count === 0) return ok('no object was told with different amounts');
      const names = contradictions.map((object) => `${object.account} ${objectText(object)}`).join(', ');
      const more = count > contradictions.length ? ` and ${count - contradictions.length} more` : '';
      return warning(
        `told with different amounts: ${names}${more}`,
        'trunkline ledger check; trunkline ledger show <id>',
      );
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'config_invalid') throw error;
      // Not migrated, which the check of the migrations tells.
      return skipped(error.message);
    }
  },
};
