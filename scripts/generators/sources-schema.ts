import { sourcesJsonSchema } from '@trunkline/sources';

import type { Generator } from './generator.ts';

/** What an editor checks and completes trunkline.yaml with: the schemas that read it, every provider's options included. */
export const sourcesSchema: Generator = {
  name: 'sources-schema',
  files: () => new Map([['schemas/trunkline.schema.json', `${JSON.stringify(sourcesJsonSchema(), undefined, 2)}\n`]]),
};
