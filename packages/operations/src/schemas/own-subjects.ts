import { schemaTexts, type Topic, topicEntry, topics } from '@trunkline/events';

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
