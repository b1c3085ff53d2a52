import { groups } from '../groups.ts';
import { type Check, ok } from './check.ts';

export const database: Check = {
  name: 'postgres',
  requires: [],
  async run(access, signal) {
    const schema = groups[0]?.schema ?? 'public';
    return await access.withDatabase(schema, async (opened) => {
      await opened.probe(signal);
      return ok('answers and takes writes');
    });
  },
};
