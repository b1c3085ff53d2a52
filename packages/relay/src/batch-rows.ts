/** How many rows are asked for in a turn. */
export interface BatchRows {
  ask(): number;
  /** What a turn has read. */
  found(read: { readonly rows: number; readonly bytes: number }): void;
}

/** Of the first turn, which does not know how large they are. */
const firstRows = 250;

/**
 * About as many as fit into the limit of bytes, if they are like those of the turn before: what Postgres writes beyond it
 * is not kept, and written again the next time.
 */
export function createBatchRows(options: { readonly maxRows: number; readonly maxBytes: number }): BatchRows {
  let rowBytes = options.maxBytes / firstRows;

  return {
    ask() {
      if (rowBytes * options.maxRows <= options.maxBytes) return options.maxRows;
      return Math.max(1, Math.ceil(options.maxBytes / rowBytes));
    },
    found({ rows, bytes }) {
      if (rows > 0) rowBytes = bytes / rows;
    },
  };
}
