import { type Check, ok } from './check.ts';

export const registry: Check = {
  name: 'registry',
  requires: [],
  async run(access) {
    await access.registry().probe();
    return ok('answers');
  },
};
