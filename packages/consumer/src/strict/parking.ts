import { failpoint, uuidOf } from '@trunkline/core';
import { headerName, isConsumedTopic } from '@trunkline/events';
import {
  blockKey,
  changeKey,
  countWaiting,
  findApplied,
  findGone,
  type KeyChange,
  parkEvents,
  type Transaction,
} from '@trunkline/postgres';

import type { BatchContext } from '../batch/batch-context.ts';
import type { Attempt } from '../batch/report.ts';
import type { Behind, Failed } from '../batch/result.ts';
import { type RoutedCopy, routeFailure } from '../failures/route.ts';
import { orPause } from '../safety/pause.ts';
import { isParked, keyOf, orderedKeyOf, type ParkedAt } from './ordering.ts';
import { parkedEvent } from './parked-record.ts';

/** A failed event of a key that is kept in order, and those of its batch that come after it. */
export interface FailedHead {
  readonly failed: Failed;
  readonly behind: readonly Behind[];
}

/** What is known of the key, from now on, when its first event is a dead letter. */
export type WhenDead = (failure: Pick<KeyChange, 'headId' | 'attempts' | 'code'>, nowMs: number) => KeyChange;

export interface Parking {
  /**
   * Blocks the key and parks what waits, the failed event first; or, where trying again is no use, publishes its dead letter
   * and keeps its place. When it resolves nothing can be lost; it rejects only when the signal takes the records away.
   */
  park(head: FailedHead, signal: AbortSignal, whenDead?: WhenDead): Promise<void>;
}

interface Verdict {
  readonly copy: RoutedCopy;
  readonly whenDead: WhenDead;
}

type ParkingContext = Pick<
  BatchContext,
  'group' | 'handlers' | 'tiers' | 'limits' | 'clock' | 'copies' | 'database' | 'pause' | 'report'
>;

export function createParking(batch: ParkingContext): Parking {
  const { group, tiers, limits, clock, database } = batch;

  /** True where the fate of the event is known already. */
  async function write(tx: Transaction, head: FailedHead, { copy, whenDead }: Verdict): Promise<boolean> {
    const { attempt } = head.failed;
    const { source, origin } = attempt;
    const at = parkedAt(attempt);
    const nowMs = clock();
    const key = await blockKey(tx, { ...at, topic: origin.topic, recordKey: keyOf(source), nowMs });
    const isKnown = !isParked(source) && (await isDecided(tx, at, origin.via === 'redrive'));
    const first = { ...parkedEvent(attempt, at, group), headers: copy.record.headers };
    const others = head.behind
      // Those of a key that was released are where they were.
      .filter((behind) => !isParked(behind.attempt.source))
      .map((behind) => parkedEvent(behind.attempt, parkedAt(behind.attempt), group));
    await parkEvents(tx, [
      ...(isKnown ? [] : [copy.outcome === 'retry' ? first : { ...first, value: null }]),
      ...others,
    ]);
    if (!isKnown) await changeKey(tx, at.keyId, changeOf(copy, at.uuid, { whenDead, nowMs }));
    else if (key.state === 'passed') await changeKey(tx, at.keyId, released(nowMs));
    else await countWaiting(tx, [at.keyId]);
    return isKnown;
  }

  function whenDeadOf({ attempt: { source, origin, decoded } }: Failed): WhenDead {
    const type = source.headers[headerName.type] ?? '';
    // One that was not read is known by its header. Without a handler, somebody has to look.
    const handler =
      decoded?.handler ?? (isConsumedTopic(origin.topic) ? batch.handlers.find(origin.topic, type) : undefined);
    if (handler?.onDead === 'release') return (_failure, nowMs) => released(nowMs);
    return (failure, nowMs) => ({ ...failure, state: 'held', dueAtMs: nowMs + limits.holdMs });
  }

  return {
    async park(head, signal, whenDead = whenDeadOf(head.failed)) {
      const { attempt, error, ran } = head.failed;
      const copy = routeFailure({ ...attempt, error, ran }, { group, tiers, limits, nowMs: clock() });
      const isDead = copy.outcome === 'dead_letter';
      if (isDead) {
        await batch.copies.publish(copy.record, attempt.span, signal);
        failpoint('strict.after_dead_letter');
      }
      failpoint('strict.before_park');
      const isKnown = await orPause(
        batch.pause,
        () =>
          database.transaction([parkedAt(attempt).tenantId], (tx) => write(tx, head, { copy, whenDead }), {
            deadlineMs: limits.handlerDeadlineMs,
            signal,
          }),
        signal,
      );
      failpoint('strict.after_park');
      const nextTopic = isDead ? { nextTopic: copy.record.topic } : {};
      batch.report(attempt, isKnown ? { outcome: 'duplicate' } : { outcome: copy.outcome, error, ...nextTopic });
      for (const { attempt: waiting } of head.behind) {
        if (isParked(waiting.source)) waiting.span.end();
        else batch.report(waiting, { outcome: 'parked' });
      }
    },
  };
}

/** Whether another process has come to an end with it meanwhile. */
async function isDecided(tx: Transaction, { keyId, uuid }: ParkedAt, isRedrive: boolean): Promise<boolean> {
  if ((await findApplied(tx, [uuid])).has(uuid)) return true;
  return !isRedrive && (await findGone(tx, [keyId], [uuid])).has(uuid);
}

/** What is known of the key when its first event failed like that. */
function changeOf(
  copy: RoutedCopy,
  headId: string,
  { whenDead, nowMs }: { readonly whenDead: WhenDead; readonly nowMs: number },
): KeyChange {
  const { headers } = copy.record;
  const failure = {
    headId,
    attempts: Number(headers[headerName.retryAttempt]),
    code: headers[headerName.exceptionCode] ?? '',
  };
  if (copy.outcome === 'retry')
    return { ...failure, state: 'retrying', dueAtMs: Number(headers[headerName.retryDueAt]) };
  return whenDead(failure, nowMs);
}

/** What waits goes on at once. */
export function released(nowMs: number): KeyChange {
  return { state: 'retrying', headId: null, attempts: 0, code: '', dueAtMs: nowMs };
}

/** Where an attempt's record is parked, or is to be. */
function parkedAt({ source, decoded }: Attempt): ParkedAt {
  if (isParked(source)) return source.parked;
  const keyId = decoded === undefined ? undefined : orderedKeyOf(decoded);
  if (decoded === undefined || keyId === undefined) throw new TypeError('the record is kept in no order');
  return { keyId, uuid: uuidOf(decoded.id), tenantId: decoded.consumed.record.metadata.tenantId };
}
