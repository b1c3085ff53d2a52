import { classify, type EventId, TrunklineError } from '@trunkline/core';
import { type DomainTopic, type EventCodec, headerName, isDomainTopic, type RecordOf } from '@trunkline/events';
import {
  deadLetterTopic,
  type IncomingRecord,
  type KafkaConnection,
  readRecordAt,
  redriveTopic,
} from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import { failureTopics, type GroupPlan } from '../groups.ts';
import { placeOf, type RecordPlace } from '../search/event-history.ts';
import { scanTopic } from '../search/scan.ts';
import { traceIdOfParent } from '../trace/port.ts';
import { adviceFor, isMendable } from './advice.ts';
import { isTooOld } from './choose.ts';
import {
  type DeadLetter,
  type DeadLetterState,
  letterIdOf,
  type LetterRecord,
  letterRecordOf,
  originalPlaceOf,
} from './letter.ts';
import { deadLetterRetentionMs } from './read.ts';
import { countOf, timeOf } from './redrive-headers.ts';

/** One dead letter with everything that is known about it. */
export interface ShownLetter {
  readonly group: string;
  readonly id: string;
  /** Undefined where header and bytes do not agree on one. */
  readonly eventId: EventId | undefined;
  readonly state: DeadLetterState;
  /** The latest decision about it. */
  readonly decision: DeadLetter['decision'];
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
  /** The command that sends it back; undefined when it is done since or put aside, or when that cannot help. */
  readonly redrive: string | undefined;
  /** The command that puts it aside; undefined when nobody needs to. */
  readonly discard: string | undefined;
  /** The command that opens it again. */
  readonly reopen: string | undefined;
}

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
  const { latest, id, state } = letter;
  const record = await readRecordAt(tools.connection, latest.topic, latest.partition, latest.offset);
  const headers = record?.headers ?? latest.headers;
  const copies = await copiesOf(letter, group, tools);
  const tooOld = isTooOld(letter, tools.context.clock());
  const code = headers[headerName.exceptionCode];
  const isOpen = state === 'open' || state === 'unknown';
  const named = `${group.name} --id ${id}`;
  return {
    group: group.name,
    id,
    eventId: letter.eventId,
    state,
    decision: letter.decision,
    tooOld,
    place: placeOf(latest),
    original: originalOf(letter),
    failure: {
      kind: headers[headerName.failureKind],
      code,
      class: headers[headerName.exceptionClass],
      message: headers[headerName.exceptionMessage],
      stack: headers[headerName.exceptionStacktrace],
      firstFailureAtMs: letter.firstFailureAtMs,
      advice: adviceFor(code),
    },
    attempts: countOf(headers[headerName.attemptsTotal] ?? headers[headerName.retryAttempt]),
    redriveCount: letter.redriveCount,
    history: copies.map((copy) => stepOf(copy, group)),
    key: latest.key?.toString('utf8'),
    headers,
    ...(await decoded(record, tools.codec)),
    traceIds: traceIdsOf([latest, ...copies]),
    redrive: isOpen && isMendable(code) ? `trunkline dlq redrive ${named}${tooOld ? ' --force' : ''}` : undefined,
    discard: isOpen ? `trunkline dlq discard ${named} --reason "…"` : undefined,
    reopen: state === 'discarded' ? `trunkline dlq reopen ${named} --reason "…"` : undefined,
  };
}

function originalOf({ latest, firstAppendMs }: DeadLetter): ShownLetter['original'] {
  const { topic, partition, offset } = originalPlaceOf(latest);
  const isStated = latest.headers[headerName.originalTopic] !== undefined;
  return {
    topic: isStated ? topic : undefined,
    partition: isStated ? String(partition) : undefined,
    offset: isStated ? String(offset) : undefined,
    appendedAtMs: firstAppendMs,
  };
}

async function copiesOf(
  letter: DeadLetter,
  group: GroupPlan,
  { connection, context }: ShowTools,
): Promise<readonly LetterRecord[]> {
  const found: LetterRecord[] = [];
  for (const topic of failureTopics(group.name)) {
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

async function decoded(
  record: IncomingRecord | undefined,
  codec: EventCodec,
): Promise<Pick<ShownLetter, 'event' | 'undecodable'>> {
  if (record === undefined)
    return { event: undefined, undecodable: { reason: 'retention has taken it meanwhile', bytes: 0, hex: '' } };
  const { headers, value } = record;
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

function traceIdsOf(records: readonly LetterRecord[]): readonly string[] {
  const ids = records.flatMap(({ headers }) => [
    traceIdOfParent(headers[headerName.originTraceparent]),
    traceIdOfParent(headers[headerName.traceparent]),
  ]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}
