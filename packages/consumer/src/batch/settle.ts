import { classify, dispositionOf, type EventId, type TrunklineError } from '@trunkline/core';
import { isStatementTimeout } from '@trunkline/postgres';

import { bisectFrom } from '../limits.ts';
import { type Applicable, applyEvents, type EffectOutcome } from './apply.ts';
import type { BatchContext } from './batch-context.ts';
import type { Attempt } from './report.ts';
import { inBatchSpan, traceIdOf } from './spans.ts';

/** A readable record of a batch. */
export type Task = Attempt & Required<Pick<Attempt, 'decoded'>> & { readonly eventId: EventId };

/** What became of a task: an outcome that is committed, or an error that decides where its copy goes. */
export type Settled =
  | { readonly task: Task; readonly outcome: EffectOutcome }
  | { readonly task: Task; readonly error: TrunklineError; readonly ran: boolean };

export type Settle = (tasks: readonly Task[], signal: AbortSignal) => Promise<readonly Settled[]>;

type SettleContext = Pick<BatchContext, 'group' | 'database' | 'limits' | 'pause' | 'watchdog'>;

/**
 * Applies tasks in one transaction; when it fails, in smaller ones, so that one bad event never fails its neighbours.
 * An outage is waited out and never a task's fault.
 */
export function createSettle(batch: SettleContext): Settle {
  return async function settle(tasks, signal) {
    if (tasks.length === 0) return [];
    try {
      const outcomes = await applyWhenPossible(batch, tasks, signal);
      return tasks.map((task) => ({ task, outcome: outcomes.get(task.eventId) ?? 'duplicate' }));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const [only] = tasks.length === 1 ? tasks : [];
      if (only !== undefined) return [{ task: only, error: classify(thrown), ran: true }];
      const settled: Settled[] = [];
      for (const part of split(tasks, classify(thrown))) settled.push(...(await settle(part, signal)));
      return settled;
    }
  };
}

/**
 * Halves, so that a batch with one bad event is soon done. One by one where that is short, and where a handler ran out of
 * time: each further part with the hanging event in it would cost a whole deadline, the others cost next to nothing.
 */
function split(tasks: readonly Task[], { code }: TrunklineError): readonly (readonly Task[])[] {
  if (tasks.length < bisectFrom || code === 'handler_timeout') return tasks.map((task) => [task]);
  const middle = Math.ceil(tasks.length / 2);
  return [tasks.slice(0, middle), tasks.slice(middle)];
}

type Outcomes = ReadonlyMap<EventId, EffectOutcome>;

/** Rejects with failures that are the tasks' own. */
async function applyWhenPossible(batch: SettleContext, tasks: readonly Task[], signal: AbortSignal): Promise<Outcomes> {
  let timeouts = 0;
  for (let pauses = 0; ; pauses += 1) {
    try {
      return await applyOnce(batch, tasks, signal);
    } catch (thrown) {
      const error = classify(thrown);
      if (signal.aborted || dispositionOf(error.code) !== 'pause') throw error;
      // The server answers, and these statements run out of time again and again: no outage will end this.
      timeouts = isStatementTimeout(error) ? timeouts + 1 : 0;
      if (timeouts === batch.limits.statementTimeoutsInARow) throw error;
      const answers = (): Promise<void> => batch.database.probe(signal);
      await batch.pause.until({ error, answers, signal, after: pauses });
    }
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
