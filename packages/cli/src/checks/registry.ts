import { openRegistry } from '../kafka-access.ts';
import { type Check, ok } from './check.ts';

export const registry: Check = {
  name: 'registry',
  requires: [],
  async run(context) {
    await openRegistry(context).probe();
    return ok('answers');
  },
};
