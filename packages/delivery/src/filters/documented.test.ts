import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { matchesType } from '../type-patterns.ts';
import { createFilterJudge } from './filter-judge.ts';
import { readFilter } from './read-filter.ts';

const page = await readFile(join(import.meta.dirname, '../../../../docs/how-to/receive-webhooks.md'), 'utf8');
// The message of the page; a wrong shape fails the examples.
const message = JSON.parse(/```json\n(\{\n {2}"type".*?\n\})\n```/s.exec(page)?.[1] ?? 'null') as {
  readonly type: string;
};
const examples = [...page.matchAll(/^\| `(.+)` \| `(\S+)` \| ((?:not )?told) \|$/gm)].map(
  ([, filter = '', types = '', outcome = '']) => ({ filter: filter.replaceAll(String.raw`\|`, '|'), types, outcome }),
);

describe('docs/how-to/receive-webhooks.md', () => {
  it('has examples of filters', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  it.each(examples)('says of its message what the filter says: $filter', ({ filter, types, outcome }) => {
    const read = readFilter(filter, [types]);

    expect(matchesType(types, message.type)).toBe(true);
    expect(createFilterJudge().judge(read, message.type, message).kind).toBe(
      outcome === 'told' ? 'matches' : 'differs',
    );
  });
});
