import { failed, few, ok, warning } from '@trunkline/operations';
import { migrationStatus } from '@trunkline/postgres';

import { migrationTarget } from '../migrations-access.ts';
import type { CommandCheck } from './command-check.ts';

export const migrations: CommandCheck = {
  name: 'migrations',
  requires: [],
  async run(context) {
    const states = await migrationStatus(migrationTarget(context.settings));
    const named = (wanted: string): string[] =>
      states.filter(({ state }) => state === wanted).map(({ schema, name }) => `${schema}/${name}`);
    const changed = named('changed');
    if (changed.length > 0)
      return failed(`changed after they were applied: ${few(changed)}`, 'restore the files and write a new migration');
    const pending = named('pending');
    if (pending.length > 0) return failed(`not applied: ${few(pending)}`, 'trunkline migrate');
    const missing = named('missing');
    if (missing.length > 0)
      return warning(`applied by a newer build: ${few(missing)}`, 'run the build that belongs to this database');
    return ok(`all ${states.length} are applied`);
  },
};
