import { classify } from '@trunkline/core';
import type { RecordView } from '@trunkline/events';
import type { JournalRow, UnreadableRow } from '@trunkline/journal';
import { type IncomingRecord, keptRecord } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { placeOf } from './place.ts';

/** An indexer of the fields that a view reads; `rowOf` returns undefined for what is no record of ours. */
export function indexerOf<Part>(
  view: RecordView<Part>,
  rowOf: (part: Part, record: IncomingRecord) => JournalRow | undefined,
): Indexer {
  const make = (part: Part, record: IncomingRecord): JournalRow => rowOf(part, record) ?? unreadable(record);

  async function fetched(record: IncomingRecord): Promise<JournalRow> {
    try {
      return make(await view.read(record.value), record);
    } catch (thrown) {
      return orUnreadable(thrown, record);
    }
  }

  return (record) => {
    try {
      const part = view.readNow(record.value);
      if (part !== undefined) return make(part, record);
      // Other records are in its bytes by the time its schema is there.
      const kept = keptRecord(record);
      return () => fetched(kept);
    } catch (thrown) {
      return orUnreadable(thrown, record);
    }
  };
}

/** Somebody else's record, or a broken one, counts as unreadable; a registry that is away is waited for. */
function orUnreadable(thrown: unknown, record: IncomingRecord): UnreadableRow {
  const { code } = classify(thrown);
  if (code === 'decode_failed' || code === 'schema_unknown') return unreadable(record);
  throw thrown;
}

function unreadable(record: IncomingRecord): UnreadableRow {
  return { table: 'unreadable', place: placeOf(record), bytes: record.sizeBytes };
}
