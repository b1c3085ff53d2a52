import { type ConnectionRow, listConnections } from '@trunkline/connections';
import { classify } from '@trunkline/core';
import { few, ok, skipped, warning } from '@trunkline/operations';

import { withDatabase } from '../database-access.ts';
import type { CommandCheck } from './command-check.ts';

const mostConnections = 10_000;

/** Connections that a person has to do something about. */
export const connections: CommandCheck = {
  name: 'connections',
  requires: ['postgres'],
  async run(context, signal) {
    try {
      const all = await withDatabase(context, 'connections', (database) =>
        listConnections(database, { limit: mostConnections, signal }),
      );
      if (all.length === 0) return skipped('there is no connection');
      const bad = all.filter(({ state }) => state === 'degraded' || state === 'needs_authorization');
      return bad.length === 0
        ? ok(`${all.length} connections, none of which needs somebody`)
        : warning(few(bad.map(standing)), 'trunkline connections show <id> says what to do');
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'config_invalid') throw error;
      // Not migrated, which the check of the migrations tells.
      return skipped(error.message);
    }
  },
};

function standing({ id, state, reason }: ConnectionRow): string {
  return reason === undefined ? `${id} is ${state}` : `${id} is ${state} (${reason})`;
}
