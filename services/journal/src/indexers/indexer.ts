import type { JournalRow } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

/** Makes the row of a record, at once where it has what it needs for it. */
export type Indexer = (record: IncomingRecord) => JournalRow | LateRow;

/** Fetches what is missing and makes the row then; rejects with `dependency_unavailable`, and may be called again after it. */
export type LateRow = () => Promise<JournalRow>;

/** What a Kafka group of the journal reads, and how each topic becomes rows. */
export interface IndexedGroup {
  readonly groupId: string;
  readonly indexers: ReadonlyMap<string, Indexer>;
  /** The headers that its indexers look at; all of them unless given. */
  readonly onlyHeaders?: ReadonlySet<string>;
  /** See `fetchWaitMs` of a pump. */
  readonly fetchWaitMs?: number;
}
