import { failed, ok } from '@trunkline/operations';

import { readSources } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** The sources file itself: readable and without mistakes. */
export const sources: CommandCheck = {
  name: 'sources',
  requires: [],
  async run(context) {
    const read = await readSources(context);
    if ('catalog' in read) {
      const { catalog, file } = read;
      return ok(
        `${counted(catalog.all().length, 'source')} of ${counted(catalog.tenants().length, 'tenant')} in ${file}`,
      );
    }
    const first = read.problems[0];
    return failed(
      `${counted(read.problems.length, 'mistake')} in ${read.file}, the first at line ${first?.line}: ${first?.message}`,
      first?.fix ?? 'trunkline config check',
    );
  },
};

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
