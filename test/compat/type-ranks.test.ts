import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { topicEntry, topics } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

// type-ranks.json is the catalogue as it was written down when a type first shipped: records carry versions made of it.
const frozen = JSON.parse(await readFile(join(import.meta.dirname, 'type-ranks.json'), 'utf8')) as Record<
  string,
  { untimed: boolean; types: Record<string, [lead: number, step: number]> }
>;
const documented = await readFile(join(root, 'docs/records.md'), 'utf8');

describe('the ranks of event types', () => {
  it('never change, and a new one is written down with its type', () => {
    const actual = Object.fromEntries(
      topics.map((topic) => {
        const { untimed, types } = topicEntry(topic);
        return [
          topic,
          {
            untimed,
            types: Object.fromEntries(Object.entries(types).map(([type, rank]) => [type, [rank.lead, rank.step]])),
          },
        ];
      }),
    );

    expect(actual).toEqual(frozen);
  });

  it.each(topics)('of %s are what docs/records.md says', (topic) => {
    const { kind, types } = topicEntry(topic);
    // Requests are not versions of one another, so theirs are not in the table.
    const ranks = kind === 'request' ? [] : Object.entries(types);
    const rows = ranks.map(([type, { lead, step }]) => `| \`${type}\` | ${lead} | ${step} |`);

    const missing = [`| \`${topic}\` | `, ...rows].filter((row) => !documented.includes(`\n${row}`));

    expect(missing).toEqual([]);
  });

  it('are documented for no type that does not exist', () => {
    const rows = [...documented.matchAll(/^\| `([a-z_]+\.[a-z_]+\.[a-z_]+)` \| [0-9]+ \| [0-9]+ \|$/gm)];
    const types = topics.flatMap((topic) => Object.keys(topicEntry(topic).types));

    expect(types).toEqual(expect.arrayContaining(rows.map(([, type]) => type)));
  });
});
