import { TrunklineError } from '@trunkline/core';

import type { CommandContext } from '../context.ts';
import { openCatalog } from '../source-access.ts';

/** The tenant to read where nobody named one: the only one of the sources file. Throws `config_invalid` with those there are. */
export async function tenantToRead(context: CommandContext): Promise<string> {
  const [only, ...more] = (await openCatalog(context)).tenants();
  if (only !== undefined && more.length === 0) return only;
  const all = [only, ...more].filter((tenant) => tenant !== undefined);
  throw new TrunklineError(
    'config_invalid',
    `say whose rows with --tenant; there is: ${all.join(', ') || 'no tenant'}`,
  );
}
