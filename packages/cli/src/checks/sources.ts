import { failed, ok } from '@trunkline/operations';

import { readSources } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** The sources file itself: readable and without mistakes. */
export const sources: CommandCheck = {
  name: 'sources',
  requires: [],
  async run(context) {
    const read = await readSources(context);
    if ('catalog' in read)
      return ok(`${read.catalog.all().length} sources of ${read.catalog.tenants().length} tenants in ${read.file}`);
    const first = read.problems[0];
    return failed(
      `${read.problems.length} ${read.problems.length === 1 ? 'mistake' : 'mistakes'} in ${read.file}, the first at line ${first?.line}: ${first?.message}`,
      first?.fix ?? 'trunkline config check',
    );
  },
};
