import { classify, dispositionOf, type EventId, type TrunklineError } from '@trunkline/core';
import { isConflict, isLockTimeout, isOutOfMemory, isStatementTimeout } from '@trunkline/postgres';

import { bisectFrom } from '../limits.ts';
import { type Applicable, applyEvents, type EffectOutcome } from './apply.ts';
import type { BatchContext } from './batch-context.ts';
import type { Attempt } from './report.ts';
import { isHang } from './result.ts';
import { inBatchSpan, traceIdOf } from './spans.ts';

/** A readable record of a batch. */
export type Task = Attempt & Required<Pick<Attempt, 'decoded'>> & { readonly eventId: EventId };

/** What became of a task: an outcome that is committed, or an error that decides where its copy goes. */
export type Settled =
  | { readonly task: Task; readonly outcome: EffectOutcome }
  | { readonly task: Task; readonly error: TrunklineError; readonly ran: boolean };

export interface Settlement {
  readonly settled: readonly Settled[];
  /** Not run to an end: one handler after the other hung, and that is to be judged before more time goes into it. */
  readonly left: readonly Task[];
}

export type Settle = (tasks: readonly Task[], signal: AbortSignal) => Promise<Settlement>;

type SettleContext = Pick<BatchContext, 'group' | 'database' | 'limits' | 'pause' | 'watchdog'>;

/**
 * Applies tasks in one transaction; when it fails, in smaller ones, so that one bad event never fails its neighbours.
 * An outage is waited out and never a task's fault; so is somebody else's lock, unless the neighbours get past it.
 */
export function createSettle(batch: SettleContext): Settle {
  return async function settle(tasks, signal) {
    const settled: Settled[] = [];
    const open = tasks.length === 0 ? [] : [tasks];
    for (let isLastTry = false; open.length > 0;) {
      const locked: Task[] = [];
      let moved = false;
      let hung = 0;
      for (let part = open.shift(); part !== undefined; part = open.shift()) {
        const applied = await applyPart(batch, part, signal);
        const error = 'error' in applied ? applied.error : undefined;
        const [only] = part.length === 1 ? part : [];
        if ('outcomes' in applied) {
          settled.push(...part.map((task) => ({ task, outcome: applied.outcomes.get(task.eventId) ?? 'duplicate' })));
          moved = true;
          hung = 0;
        } else if (only === undefined) open.unshift(...split(part, applied.error));
        else if (isLockTimeout(error) && !isLastTry) locked.push(only);
        else {
          settled.push({ task: only, error: applied.error, ran: true });
          hung = isHang(applied.error) ? hung + 1 : 0;
          if (hung === batch.limits.releaseHangs) return { settled, left: [...open.flat(), ...locked] };
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

type Outcomes = ReadonlyMap<EventId, EffectOutcome>;

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
  const items = tasks.map(applicable);
  const { handlerDeadlineMs: deadlineMs } = batch.limits;
  const spans = tasks.map(({ span }) => span);
  return await inBatchSpan(batch.group, spans, () =>
    batch.watchdog.watch(() => applyEvents(batch.database, items, { deadlineMs, signal })),
  );
}

function applicable({ origin, decoded, span }: Task): Applicable {
  const { event, deliveryId, handler } = decoded;
  if (handler === undefined) throw new TypeError('a task without a handler was not left out');
  return {
    event,
    handler,
    entry: {
      eventId: event.eventId,
      tenantId: event.record.metadata.tenantId,
      originalTopic: origin.topic,
      originalPartition: origin.partition,
      originalOffset: origin.offset,
      via: origin.via,
      attempt: event.attempt,
      redriveCount: origin.redriveCount,
      traceId: traceIdOf(span),
      deliveryId,
    },
  };
}
