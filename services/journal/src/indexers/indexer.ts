import type { JournalRow } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

/** Makes the row of a record; `dependency_unavailable` when what it needs for it is away. */
export type Indexer = (record: IncomingRecord) => JournalRow | Promise<JournalRow>;

/** What a Kafka group of the journal reads, and how each topic becomes rows. */
export interface IndexedGroup {
  readonly groupId: string;
  readonly indexers: ReadonlyMap<string, Indexer>;
  /** The headers that its indexers look at; all of them unless given. */
  readonly onlyHeaders?: ReadonlySet<string>;
}
