import { classify, dispositionOf, type RecordId, type TrunklineError, uuidOf } from '@trunkline/core';
import { isConflict, isLockTimeout, isOutOfMemory, isStatementTimeout, type ParkedEvent } from '@trunkline/postgres';

import { bisectFrom } from '../limits.ts';
import type { OrderedEvent } from '../strict/keep-back.ts';
import { isParked, type ParkedAt } from '../strict/ordering.ts';
import { parkedEvent } from '../strict/parked-record.ts';
import { type Applicable, applyEvents, type EffectOutcome } from './apply.ts';
import type { BatchContext } from './batch-context.ts';
import type { Attempt } from './report.ts';
import { isHang } from './result.ts';
import { inBatchSpan, traceIdOf } from './spans.ts';

/** A readable record of a batch. */
export type Task = Attempt &
  Required<Pick<Attempt, 'decoded'>> & {
    readonly id: RecordId;
    /** The key that it is kept in order with. */
    readonly keyId: string | undefined;
  };

/** What became of a task: an outcome that is committed, or an error that decides where its copy goes. */
export type Settled =
  | { readonly task: Task; readonly outcome: EffectOutcome }
  | { readonly task: Task; readonly error: TrunklineError; readonly ran: boolean }
  | { readonly task: Task; readonly behind: Task };

export interface Settlement {
  readonly settled: readonly Settled[];
  /** Not run to an end: one handler after the other hung, and that is to be judged before more time goes into it. */
  readonly left: readonly Task[];
}

export type Settle = (tasks: readonly Task[], signal: AbortSignal) => Promise<Settlement>;

type SettleContext = Pick<
  BatchContext,
  'group' | 'database' | 'limits' | 'outbox' | 'pause' | 'watchdog' | 'clock' | 'parkedGauge'
>;

/**
 * Applies tasks in one transaction; when it fails, in smaller ones, so that one bad event never fails its neighbours.
 * An outage is waited out and never a task's fault; so is somebody else's lock, unless the neighbours get past it.
 * Of a key that is kept in order nothing runs after a task that failed, or before one that waits for a lock.
 */
export function createSettle(batch: SettleContext): Settle {
  return async function settle(tasks, signal) {
    const settled: Settled[] = [];
    const failed = new Map<string, Task>();
    const open = tasks.length === 0 ? [] : [tasks];
    for (let isLastTry = false; open.length > 0;) {
      const locked: Task[] = [];
      const lockedKeys = new Set<string>();
      let moved = false;
      let hung = 0;
      for (let next = open.shift(); next !== undefined; next = open.shift()) {
        const part: Task[] = [];
        for (const task of next) {
          const head = task.keyId === undefined ? undefined : failed.get(task.keyId);
          if (head !== undefined) settled.push({ task, behind: head });
          else if (task.keyId !== undefined && lockedKeys.has(task.keyId)) locked.push(task);
          else part.push(task);
        }
        if (part.length === 0) continue;
        const applied = await applyPart(batch, part, signal);
        const error = 'error' in applied ? applied.error : undefined;
        const [only] = part.length === 1 ? part : [];
        if ('outcomes' in applied) {
          settled.push(...part.map((task) => ({ task, outcome: applied.outcomes.get(task.id) ?? 'duplicate' })));
          moved = true;
          hung = 0;
        } else if (only === undefined) open.unshift(...split(part, applied.error));
        else if (isLockTimeout(error) && !isLastTry) {
          locked.push(only);
          if (only.keyId !== undefined) lockedKeys.add(only.keyId);
        } else {
          settled.push({ task: only, error: applied.error, ran: true });
          if (only.keyId !== undefined) failed.set(only.keyId, only);
          hung = isHang(applied.error) ? hung + 1 : 0;
          if (hung === batch.limits.releaseHangs) return { settled, left: [...locked, ...open.flat()] };
        }
      }
      // Where nobody got past it, it is a lock on everything, and ends with whoever holds it.
      if (locked.length > 0) open.push(...(moved ? locked.map((task) => [task]) : [locked]));
      isLastTry = moved;
    }
    return { settled, left: [] };
  };
}

type Applied = { readonly outcomes: Outcomes } | { readonly error: TrunklineError };

/** Rejects only when the signal takes the tasks away. */
async function applyPart(batch: SettleContext, part: readonly Task[], signal: AbortSignal): Promise<Applied> {
  try {
    return { outcomes: await applyWhenPossible(batch, part, signal) };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { error: classify(thrown) };
  }
}

/**
 * Halves, so that a batch with one bad event is soon done. One by one where that is short, and where a handler or one of
 * its statements ran out of time: each further part with the hanging event in it would cost a whole deadline, or several
 * statement timeouts, the others cost next to nothing.
 */
function split(tasks: readonly Task[], error: TrunklineError): readonly (readonly Task[])[] {
  if (tasks.length < bisectFrom || isHang(error)) return tasks.map((task) => [task]);
  const middle = Math.ceil(tasks.length / 2);
  return [tasks.slice(0, middle), tasks.slice(middle)];
}

type Outcomes = ReadonlyMap<RecordId, EffectOutcome>;

/** Rejects with failures that are the tasks' own. */
async function applyWhenPossible(batch: SettleContext, tasks: readonly Task[], signal: AbortSignal): Promise<Outcomes> {
  let inARow = 0;
  const attempt = async (): Promise<Outcomes> => {
    try {
      return await applyOnce(batch, tasks, signal);
    } catch (thrown) {
      const error = classify(thrown);
      // The server answers, and these statements run out of time, of memory, or into others again and again: no outage
      // ends this.
      const isOwn = isStatementTimeout(error) || isOutOfMemory(error) || isConflict(error);
      inARow = isOwn ? inARow + 1 : 0;
      throw inARow === batch.limits.statementTimeoutsInARow ? new OutOfTime(error) : error;
    }
  };
  try {
    return await attempt().catch((thrown: unknown) => {
      const error = classify(thrown);
      if (signal.aborted || dispositionOf(error.code) !== 'pause') throw thrown;
      const answers = (): Promise<Outcomes> => batch.database.probe(signal).then(attempt);
      return batch.pause.until({ error, answers, signal });
    });
  } catch (thrown) {
    throw thrown instanceof OutOfTime ? thrown.error : thrown;
  }
}

/** Ends the waiting for a server that answers. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  readonly error: TrunklineError;

  constructor(error: TrunklineError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

async function applyOnce(batch: SettleContext, tasks: readonly Task[], signal: AbortSignal): Promise<Outcomes> {
  const items = tasks.map((task) => applicable(task, batch.group));
  const { handlerDeadlineMs: deadlineMs, parkedPerKey } = batch.limits;
  const keepBack = { parkedPerKey, nowMs: batch.clock() };
  const spans = tasks.map(({ span }) => span);
  // Before the transaction and not by the handler that asks: what escapes a handler never stops the group.
  batch.outbox.refuseWhenFull();
  if (items.some(({ ordered }) => ordered !== undefined && makesMore(ordered))) batch.parkedGauge.refuseWhenFull();
  const onAsked = (): void => batch.outbox.nudge();
  return await inBatchSpan(batch.group, spans, () =>
    batch.watchdog.watch(() => applyEvents(batch.database, items, { deadlineMs, signal, onAsked, keepBack })),
  );
}

/** What waits already is what makes room; so does a letter that is sent back. */
function makesMore({ isParked: waits, via }: OrderedEvent): boolean {
  return !waits && via !== 'redrive';
}

function applicable(task: Task, group: string): Applicable {
  const { origin, decoded, span } = task;
  const { consumed, id, deliveryId, handler } = decoded;
  if (handler === undefined) throw new TypeError('a task without a handler was not left out');
  const ordered = orderedEvent(task, group);
  return {
    event: consumed,
    handler,
    ...(ordered === undefined ? {} : { ordered }),
    entry: {
      eventId: id,
      tenantId: consumed.record.metadata.tenantId,
      originalTopic: origin.topic,
      originalPartition: origin.partition,
      originalOffset: origin.offset,
      via: origin.via,
      attempt: consumed.attempt,
      redriveCount: origin.redriveCount,
      traceId: traceIdOf(span),
      deliveryId,
    },
  };
}

/** A record that was parked is taken from its place even if its handler wants no order any more. */
function orderedEvent({ source, origin, decoded, id, keyId }: Task, group: string): OrderedEvent | undefined {
  if (keyId === undefined) return undefined;
  const { tenantId } = decoded.consumed.record.metadata;
  const at: ParkedAt = isParked(source) ? source.parked : { keyId, uuid: uuidOf(id), tenantId };
  const park = (): ParkedEvent => parkedEvent({ source, origin }, at, group);
  return { keyId: at.keyId, uuid: at.uuid, via: origin.via, isParked: isParked(source), park };
}
