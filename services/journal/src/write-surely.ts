import { classify, TrunklineError } from '@trunkline/core';
import type { JournalRow, JournalWriter } from '@trunkline/journal';
import type { Logger } from '@trunkline/runtime';

export interface Writing {
  readonly rows: readonly JournalRow[];
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * As the writer does; but a row that Postgres refuses is found by halves and counted as unreadable, because nothing
 * behind it would ever be indexed. Rejects with `dependency_unavailable` for whatever waiting may cure.
 */
export async function writeSurely(writer: JournalWriter, { rows, signal, log }: Writing): Promise<void> {
  try {
    await writer.write(rows, signal);
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code === 'dependency_unavailable') throw error;
    if (error.code === 'handler_timeout')
      throw new TrunklineError('dependency_unavailable', 'Postgres did not take the rows in time', { cause: error });
    const [first] = rows;
    if (rows.length > 1) {
      const middle = Math.ceil(rows.length / 2);
      await writeSurely(writer, { rows: rows.slice(0, middle), signal, log });
      await writeSurely(writer, { rows: rows.slice(middle), signal, log });
    } else if (first !== undefined && first.table !== 'unreadable') {
      const { topic, partition, offset } = first.place;
      log.error(
        { event: 'journal.row_refused', topic, partition, offset, code: error.code },
        'ALERT: a record has no row',
      );
      await writer.write([{ table: 'unreadable', place: first.place, bytes: first.bytes }], signal);
    } else throw error;
  }
}
