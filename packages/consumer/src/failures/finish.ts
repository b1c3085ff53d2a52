import type { BatchContext } from '../batch/batch-context.ts';
import { type Behind, type Failed, isBehind, isFailed, type Result } from '../batch/result.ts';
import { isParked, orderedKeyOf } from '../strict/ordering.ts';
import { createParking } from '../strict/parking.ts';
import { routeFailure } from './route.ts';

/**
 * The end of an attempt: a failed one has its copy acknowledged on a retry or dead-letter topic, then everything is
 * told. When it resolves nothing of the record can be lost.
 */
export type Finish = (results: readonly Result[], signal: AbortSignal) => Promise<void>;

export function createFinish(batch: BatchContext): Finish {
  const parking = createParking(batch);

  return async (results, signal) => {
    const failed: Failed[] = [];
    const behind: Behind[] = [];
    for (const result of results) {
      if (isFailed(result)) failed.push(result);
      else if (isBehind(result)) behind.push(result);
      else batch.report(result.attempt, { outcome: result.outcome });
    }
    const heads = failed.filter(isInOrder);
    await Promise.all(failed.filter((result) => !heads.includes(result)).map((result) => finishFailed(result, signal)));
    const behindOf = Map.groupBy(behind, (result) => result.behind);
    // One after the other: each has a transaction, and there are few connections.
    for (const head of heads) await parking.park({ failed: head, behind: behindOf.get(head.attempt) ?? [] }, signal);
  };

  async function finishFailed({ attempt, error, ran }: Failed, signal: AbortSignal): Promise<void> {
    const { source, origin, span } = attempt;
    const { group, tiers, limits, clock } = batch;
    const copy = routeFailure({ source, origin, error, ran }, { group, tiers, limits, nowMs: clock() });
    await batch.copies.publish(copy.record, span, signal);
    batch.report(attempt, { outcome: copy.outcome, error, nextTopic: copy.record.topic });
  }
}

/** What was not run stands outside of the order: it was unreadable, too old, or ended processes. */
function isInOrder({ attempt, ran }: Failed): boolean {
  const { source, decoded } = attempt;
  return isParked(source) || (ran && decoded !== undefined && orderedKeyOf(decoded) !== undefined);
}
