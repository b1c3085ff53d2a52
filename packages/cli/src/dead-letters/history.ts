import { classify } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { countNewerEvents, keyHash, readLetterSteps } from '@trunkline/journal';
import { deadLetterTopic, redriveTopic } from '@trunkline/kafka';
import {
  countOf,
  type DeadLetter,
  deadLetterRetentionMs,
  failureTopics,
  type GroupPlan,
  letterIdOf,
  type LetterRecord,
  letterRecordOf,
  timeOf,
  traceIdOfParent,
} from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { requireRetryTiers } from '../retry-tiers.ts';
import { placeOf, type RecordPlace } from '../search/event-history.ts';
import { scanTopic } from '../search/scan.ts';
import type { IndexedLetter, ShowTools } from './show.ts';

export interface HistoryStep {
  readonly place: RecordPlace;
  readonly step: 'retry' | 'dead letter' | 'redrive';
  /** Runs that had been finished by then. */
  readonly attempts: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** Of a retry: when it is tried again. */
  readonly dueAtMs: number | undefined;
}

/** The copies of a letter's record on the group's topics, the dead ones included, oldest first. */
export interface LetterHistory {
  readonly steps: readonly HistoryStep[];
  readonly traceIds: readonly string[];
}

/** Copies of one letter that are shown; a redrive loop could make more. */
const mostSteps = 100;

/** By reading all topics of the group's failures. */
export async function historyFromTopics(
  letter: DeadLetter,
  group: GroupPlan,
  tools: ShowTools,
): Promise<LetterHistory> {
  const copies = await copiesOf(letter, group, tools);
  return { steps: copies.map((copy) => stepOf(copy, group)), traceIds: copies.flatMap(traceIdsOf) };
}

export async function historyFromIndex(
  { letter, index }: IndexedLetter,
  { signal }: CommandContext,
): Promise<LetterHistory> {
  const steps = await index.ask((database) => readLetterSteps(database, { scope: 'all', id: letter.id, signal }));
  return {
    steps: steps.map(({ kind, topic, partition, offset, appendedAtMs, attempt, code, message, dueAtMs }) => ({
      place: { topic, partition, offset, appendedAtMs },
      step: kind === 'dead' ? 'dead letter' : kind,
      attempts: attempt,
      code: kind === 'redrive' ? undefined : code,
      message: kind === 'redrive' ? undefined : message,
      dueAtMs: kind === 'retry' ? dueAtMs : undefined,
    })),
    traceIds: steps.flatMap(({ traceId }) => (traceId === undefined ? [] : [traceId])),
  };
}

/** Events of the same key that came behind the letter's own; undefined where it has no key. */
export async function newerEventsOf(
  { letter, index }: IndexedLetter,
  { key }: Pick<LetterRecord, 'key'>,
  { signal }: CommandContext,
): Promise<number | undefined> {
  if (key === null) return undefined;
  const asked = { scope: 'all', letter, keyHash: keyHash(key), signal } as const;
  return await index.ask((database) => countNewerEvents(database, asked));
}

async function copiesOf(
  letter: DeadLetter,
  group: GroupPlan,
  { connection, context }: ShowTools,
): Promise<readonly LetterRecord[]> {
  const found: LetterRecord[] = [];
  for (const topic of failureTopics(group.name, requireRetryTiers(context.settings))) {
    const progress = context.output.progress(`reading ${topic}`);
    try {
      const { matches } = await scanTopic(connection, {
        topic,
        fromTimestampMs: context.clock() - deadLetterRetentionMs,
        pick: (record) => (letterIdOf(group.name, record) === letter.id ? letterRecordOf(record) : undefined),
        mostMatches: mostSteps,
        progress,
        signal: context.signal,
      });
      found.push(...matches);
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code === 'dependency_unavailable') throw error;
      // A tier that was never made has nothing of it.
      context.output.note(`${topic} could not be read: ${error.message}`);
    } finally {
      progress.end();
    }
  }
  return found.toSorted((left, right) => left.timestampMs - right.timestampMs);
}

function stepOf(record: LetterRecord, { name }: GroupPlan): HistoryStep {
  const { topic, headers } = record;
  const step = topic === deadLetterTopic(name) ? 'dead letter' : topic === redriveTopic(name) ? 'redrive' : 'retry';
  return {
    place: placeOf(record),
    step,
    attempts: countOf(headers[headerName.retryAttempt]),
    // A redrive carries what failed before it.
    code: step === 'redrive' ? undefined : headers[headerName.exceptionCode],
    message: step === 'redrive' ? undefined : headers[headerName.exceptionMessage],
    dueAtMs: step === 'retry' ? timeOf(headers[headerName.retryDueAt]) : undefined,
  };
}

/** Of the request first, then of the run that failed. */
export function traceIdsOf({ headers }: LetterRecord): readonly string[] {
  const ids = [
    traceIdOfParent(headers[headerName.originTraceparent]),
    traceIdOfParent(headers[headerName.traceparent]),
  ];
  return ids.filter((id) => id !== undefined);
}
