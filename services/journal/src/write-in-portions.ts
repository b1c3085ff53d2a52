import { classify } from '@trunkline/core';
import type { JournalRow, JournalWriter } from '@trunkline/journal';

import { writeSurely, type Writing } from './write-surely.ts';

/** Rows into the index, as many at a time as Postgres takes within its deadline. */
export interface PortionWriter {
  /**
   * Writes the first of some rows and returns the others. Rejects with `dependency_unavailable` where Postgres took none of
   * them: half as many are tried next, so a server that is slow gets on with some instead of failing at all of them for ever.
   */
  writeFirst(rows: readonly JournalRow[], signal: AbortSignal): Promise<readonly JournalRow[]>;
}

export interface PortionWriterOptions {
  readonly mostRows: number;
  /** After which Postgres, or whoever asks it, gives a transaction up. */
  readonly deadlineMs: number;
  readonly log: Writing['log'];
}

/** Twice as many rows have to fit into half of the deadline before they are tried. */
const growthShare = 1 / 4;

export function createPortionWriter(
  writer: JournalWriter,
  { mostRows, deadlineMs, log }: PortionWriterOptions,
): PortionWriter {
  let most = mostRows;
  return {
    async writeFirst(rows, signal) {
      const portion = rows.slice(0, most);
      const beganAtMs = performance.now();
      try {
        await writeSurely(writer, { rows: portion, signal, log });
      } catch (thrown) {
        if (classify(thrown).code === 'dependency_unavailable') most = Math.ceil(portion.length / 2);
        throw thrown;
      }
      const tookMs = performance.now() - beganAtMs;
      if (tookMs <= deadlineMs * growthShare) most = Math.min(mostRows, Math.max(most, portion.length * 2));
      return rows.slice(portion.length);
    },
  };
}
