import type { BatchContext } from '../batch/batch-context.ts';
import { isFailed, type Result } from '../batch/result.ts';
import { routeFailure } from './route.ts';

/**
 * The end of an attempt: a failed one has its copy acknowledged on a retry or dead-letter topic, then everything is
 * told. When it resolves nothing of the record can be lost.
 */
export type Finish = (result: Result, signal: AbortSignal) => Promise<void>;

export function createFinish(batch: BatchContext): Finish {
  return async (result, signal) => {
    const { attempt } = result;
    if (!isFailed(result)) return batch.report(attempt, { outcome: result.outcome });
    const { source, origin, span } = attempt;
    const { error, ran } = result;
    const { group, tiers, limits, clock } = batch;
    const copy = routeFailure({ source, origin, error, ran }, { group, tiers, limits, nowMs: clock() });
    await batch.copies.publish(copy.record, span, signal);
    batch.report(attempt, { outcome: copy.outcome, error, nextTopic: copy.record.topic });
  };
}
