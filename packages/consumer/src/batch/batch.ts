import type { IncomingRecord } from '@trunkline/kafka';

import { createFinish } from '../failures/finish.ts';
import type { Via } from '../handler.ts';
import type { BatchContext } from './batch-context.ts';
import { isBehind, isFailed, type Result } from './result.ts';
import { createRun } from './run.ts';

export type ProcessBatch = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<void>;

/**
 * The flow of a batch: run it, keep back what a bad release may be to blame for, publish copies of what failed. It
 * resolves when nothing of the batch can be lost any more, so that its offsets may be committed; it rejects only when
 * the signal takes the records away.
 */
export function createBatchProcessor(batch: BatchContext, via: Via): ProcessBatch {
  const run = createRun(batch, via);
  const finish = createFinish(batch);

  return async (records, signal) => {
    const passage = await batch.releaseGate.enter(via, signal);
    try {
      for (let open = records; open.length > 0;) {
        const { results, left } = await run(open, signal);
        const kept = withThoseBehind(passage.keep(results), results);
        await finish(
          results.filter((result) => !kept.has(result)),
          signal,
        );
        open = [...[...kept].map(putBack), ...left];
        if (kept.size > 0) await passage.untilProbe(signal);
      }
    } finally {
      passage.leave();
    }
  };
}

/** In their order: what waits for a failed one of its key runs after it again. */
function withThoseBehind(failed: readonly Result[], results: readonly Result[]): ReadonlySet<Result> {
  const kept = new Set(failed);
  const attempts = new Set(failed.map(({ attempt }) => attempt));
  return new Set(results.filter((result) => kept.has(result) || (isBehind(result) && attempts.has(result.behind))));
}

/** A run that counts for nothing: only its span remains. */
function putBack(result: Result): IncomingRecord {
  const { attempt } = result;
  attempt.span.end(isFailed(result) ? result.error : undefined);
  return attempt.source;
}
