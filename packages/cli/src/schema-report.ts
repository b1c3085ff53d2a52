import { schemaTexts, type Topic, topicEntry, topics } from '@trunkline/events';

import type { Style } from './render/style.ts';
import { renderTable } from './render/table.ts';

/** Every reader of any age understands every record: docs/records.md, "How a schema may change". */
export const schemaCompatibility = 'FULL_TRANSITIVE';

/** One subject of this build and what the registry says about it. */
export interface SchemaReport {
  readonly topic: Topic;
  readonly subject: string;
  readonly id: number | undefined;
  readonly state: 'registered' | 'as before' | 'missing' | 'refused';
  readonly reasons: readonly string[];
}

/** The subjects of this build with their schema texts. */
export function ownSubjects(): readonly { readonly topic: Topic; readonly subject: string; readonly schema: string }[] {
  return topics.map((topic) => ({ topic, subject: topicEntry(topic).subject, schema: schemaTexts[topic] }));
}

export function renderSchemas(reports: readonly SchemaReport[], style: Style): string {
  return renderTable(
    [
      { title: 'SUBJECT', value: ({ subject }) => subject },
      { title: 'ID', value: ({ id }) => (id === undefined ? '' : String(id)), align: 'right' },
      {
        title: 'STATE',
        value: ({ state }) => state,
        paint: (cell, { state }) =>
          state === 'refused' ? style.bad(cell) : state === 'missing' ? style.warn(cell) : style.good(cell),
      },
      { title: 'REASON', value: ({ reasons }) => reasons.join('; ') },
    ],
    reports,
    style,
  );
}
