import { classify } from '@trunkline/core';
import { ok, skipped, warning } from '@trunkline/operations';

import { withDatabase } from '../database-access.ts';
import { countMessages } from '../notifications/read-messages.ts';
import { openCatalog } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** Messages that a person has to decide on, or that wait for what the sources file lacks. */
export const notifications: CommandCheck = {
  name: 'notifications',
  requires: ['sources', 'postgres'],
  async run(context, signal) {
    const tenants = (await openCatalog(context)).tenants();
    try {
      const { held = 0, no_sender: waiting = 0 } = await withDatabase(context, 'notifications', (database) =>
        countMessages(database, tenants, signal),
      );
      if (held + waiting === 0) return ok('no message to a person waits for somebody');
      const told = [
        ...(held === 0 ? [] : [`${held} may have been sent, and nothing told so`]),
        ...(waiting === 0 ? [] : [`${waiting} wait for a sender, its secret or an address`]),
      ];
      return warning(
        `messages to people: ${told.join('; ')}`,
        'trunkline notifications list --state held (or no_sender)',
      );
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'config_invalid') throw error;
      // Not migrated, which the check of the migrations tells.
      return skipped(error.message);
    }
  },
};
