import { few, ok, skipped, warning } from '@trunkline/operations';

import { readCalls } from '../connections/calls.ts';
import type { CommandCheck } from './command-check.ts';

/** APIs of providers that say that they will end: a release of Trunkline has to go with them. */
export const deprecations: CommandCheck = {
  name: 'deprecations',
  requires: [],
  async run(context, signal) {
    const services = await readCalls(context, signal);
    if (services.length === 0) return skipped('no service that calls providers answers');
    const told = services.flatMap(({ calls }) => calls.deprecations);
    if (told.length === 0) return ok('no provider says that what is called will end');
    const named = told.map(({ operation, sunsetAt }) =>
      sunsetAt === undefined ? operation : `${operation} (ends ${sunsetAt.slice(0, 10)})`,
    );
    return warning(
      `providers say that what is called will end: ${few([...new Set(named)])}`,
      'look for a release of Trunkline that calls the newer version',
    );
  },
};
