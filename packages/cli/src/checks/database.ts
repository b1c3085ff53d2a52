import { withDatabase } from '../database-access.ts';
import { groups } from '../groups.ts';
import { type Check, ok } from './check.ts';

export const database: Check = {
  name: 'postgres',
  requires: [],
  async run(context, signal) {
    const schema = groups[0]?.schema ?? 'public';
    return await withDatabase(context, schema, async (opened) => {
      await opened.probe(signal);
      return ok('answers and takes writes');
    });
  },
};
