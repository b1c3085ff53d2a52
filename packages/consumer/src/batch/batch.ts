import type { IncomingRecord } from '@trunkline/kafka';

import { createFinish } from '../failures/finish.ts';
import type { Via } from '../handler.ts';
import type { BatchContext } from './batch-context.ts';
import type { Failed } from './result.ts';
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
        const kept = new Set<unknown>(passage.keep(results));
        await Promise.all(results.filter((result) => !kept.has(result)).map((result) => finish(result, signal)));
        const failed = results.filter((result): result is Failed => kept.has(result));
        open = [...failed.map(putBack), ...left];
        if (failed.length > 0) await passage.untilProbe(signal);
      }
    } finally {
      passage.leave();
    }
  };
}

/** A run that counts for nothing: only its span remains. */
function putBack({ attempt, error }: Failed): IncomingRecord {
  attempt.span.end(error);
  return attempt.source;
}
