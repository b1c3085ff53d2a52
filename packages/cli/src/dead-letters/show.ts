import { classify, TrunklineError } from '@trunkline/core';
import { type DomainTopic, type EventCodec, headerName, isDomainTopic, type RecordOf } from '@trunkline/events';
import { deadLetterTopic, type IncomingRecord, type KafkaConnection, redriveTopic } from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import { failureTopics, type GroupPlan } from '../groups.ts';
import { placeOf, type RecordPlace } from '../search/event-history.ts';
import { scanTopic } from '../search/scan.ts';
import { traceIdOfParent } from '../trace/port.ts';
import { adviceFor } from './advice.ts';
import { isTooOld } from './choose.ts';
import { type DeadLetter, type DeadLetterState, deadLetterRetentionMs } from './read.ts';
import { countOf } from './redrive-headers.ts';

/** One dead letter with everything that is known about it. */
export interface ShownLetter {
  readonly group: string;
  readonly id: string;
  readonly state: DeadLetterState;
  readonly tooOld: boolean;
  /** On the dead-letter topic. */
  readonly place: RecordPlace;
  /** Where the record was first appended, as its headers say. */
  readonly original: Readonly<Record<'topic' | 'partition' | 'offset', string | undefined>> & {
    readonly appendedAtMs: number | undefined;
  };
  readonly failure: {
    readonly kind: string | undefined;
    readonly code: string | undefined;
    readonly class: string | undefined;
    readonly message: string | undefined;
    readonly stack: string | undefined;
    readonly firstFailureAtMs: number | undefined;
    readonly advice: string;
  };
  readonly attempts: number;
  readonly redriveCount: number;
  /** Every copy of it on the group's topics, the dead letters included, oldest first. */
  readonly history: readonly HistoryStep[];
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly event: RecordOf<DomainTopic> | undefined;
  readonly undecodable: Undecodable | undefined;
  readonly traceIds: readonly string[];
  /** The command that sends it back; undefined when it is done since. */
  readonly redrive: string | undefined;
}

export interface HistoryStep {
  readonly place: RecordPlace;
  readonly step: 'retry' | 'dead letter' | 'redrive';
  /** Runs that had been finished by then. */
  readonly attempts: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

export interface Undecodable {
  readonly reason: string;
  readonly bytes: number;
  /** The first of them. */
  readonly hex: string;
}

/** Enough to see a magic byte, a schema id and the beginning of whatever else it is. */
export const shownBytes = 512;
/** Copies of one letter that are shown; a redrive loop could make more. */
const mostSteps = 100;

export interface ShowTools {
  readonly context: CommandContext;
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
}

/** Finds out everything about a letter of a group. Nothing is changed. */
export async function lookAt(letter: DeadLetter, group: GroupPlan, tools: ShowTools): Promise<ShownLetter> {
  const { record, id, state } = letter;
  const { headers } = record;
  const copies = await copiesOf(record, group, tools);
  const tooOld = isTooOld(letter, tools.context.clock());
  const isDone = state === 'applied' || state === 'stale';
  return {
    group: group.name,
    id,
    state,
    tooOld,
    place: placeOf(record),
    original: {
      topic: headers[headerName.originalTopic],
      partition: headers[headerName.originalPartition],
      offset: headers[headerName.originalOffset],
      appendedAtMs: letter.firstAppendMs,
    },
    failure: {
      kind: headers[headerName.failureKind],
      code: headers[headerName.exceptionCode],
      class: headers[headerName.exceptionClass],
      message: headers[headerName.exceptionMessage],
      stack: headers[headerName.exceptionStacktrace],
      firstFailureAtMs: letter.firstFailureAtMs,
      advice: adviceFor(headers[headerName.exceptionCode]),
    },
    attempts: countOf(headers[headerName.attemptsTotal] ?? headers[headerName.retryAttempt]),
    redriveCount: letter.redriveCount,
    history: copies.map((copy) => stepOf(copy, group)),
    key: record.key?.toString('utf8'),
    headers,
    ...(await decoded(record, tools.codec)),
    traceIds: traceIdsOf([record, ...copies]),
    redrive: isDone ? undefined : `trunkline dlq redrive ${group.name} --id ${id}${tooOld ? ' --force' : ''}`,
  };
}

/** Of a record without an id the place it came from tells its copies. */
async function copiesOf(
  letter: IncomingRecord,
  group: GroupPlan,
  { connection, context }: ShowTools,
): Promise<readonly IncomingRecord[]> {
  const found: IncomingRecord[] = [];
  for (const topic of failureTopics(group.name)) {
    const progress = context.output.progress(`reading ${topic}`);
    try {
      const { matches } = await scanTopic(connection, {
        topic,
        fromTimestampMs: context.clock() - deadLetterRetentionMs,
        matches: (record) => isSame(record, letter),
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

const originalPlace = [headerName.originalTopic, headerName.originalPartition, headerName.originalOffset] as const;

function isSame(record: IncomingRecord, letter: IncomingRecord): boolean {
  const id = letter.headers[headerName.id];
  if (id !== undefined && record.headers[headerName.id] !== id) return false;
  return originalPlace.every((name) => record.headers[name] === letter.headers[name]);
}

function stepOf(record: IncomingRecord, { name }: GroupPlan): HistoryStep {
  const { topic, headers } = record;
  const step = topic === deadLetterTopic(name) ? 'dead letter' : topic === redriveTopic(name) ? 'redrive' : 'retry';
  return {
    place: placeOf(record),
    step,
    attempts: countOf(headers[headerName.retryAttempt]),
    // A redrive carries what failed before it.
    code: step === 'redrive' ? undefined : headers[headerName.exceptionCode],
    message: step === 'redrive' ? undefined : headers[headerName.exceptionMessage],
  };
}

async function decoded(
  { headers, value }: IncomingRecord,
  codec: EventCodec,
): Promise<Pick<ShownLetter, 'event' | 'undecodable'>> {
  const topic = headers[headerName.originalTopic];
  try {
    if (topic === undefined || !isDomainTopic(topic)) {
      throw new TrunklineError('decode_failed', 'it does not say which topic of ours it comes from');
    }
    return { event: await codec.decode(topic, value), undecodable: undefined };
  } catch (thrown) {
    const bytes = value ?? Buffer.alloc(0);
    return {
      event: undefined,
      undecodable: {
        reason: classify(thrown).message,
        bytes: bytes.length,
        hex: bytes.subarray(0, shownBytes).toString('hex'),
      },
    };
  }
}

function traceIdsOf(records: readonly IncomingRecord[]): readonly string[] {
  const ids = records.flatMap(({ headers }) => [
    traceIdOfParent(headers[headerName.originTraceparent]),
    traceIdOfParent(headers[headerName.traceparent]),
  ]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}
