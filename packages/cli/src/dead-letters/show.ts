import { classify, type RecordId, TrunklineError } from '@trunkline/core';
import {
  type DecodeFailure,
  type EventCodec,
  findDecodeFailure,
  headerName,
  isConsumedTopic,
  maskPersonal,
} from '@trunkline/events';
import type { Letter, LetterState } from '@trunkline/journal';
import { type IncomingRecord, type KafkaConnection, readRecordAt, type SchemaRegistryClient } from '@trunkline/kafka';
import {
  adviceFor,
  countOf,
  type DeadLetter,
  type DeadLetterState,
  type GroupPlan,
  isMendable,
  isTooOld,
  originalPlaceOf,
} from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { placeOf, type RecordPlace } from '../search/event-history.ts';
import { historyFromIndex, historyFromTopics, type HistoryStep, newerEventsOf, traceIdsOf } from './history.ts';
import type { LetterIndex } from './journal.ts';
import { type WrittenWith, writtenWith } from './written-with.ts';

/** One dead letter with everything that is known about it. */
export interface ShownLetter {
  readonly group: string;
  readonly id: string;
  /** Undefined where header and bytes do not agree on one. */
  readonly eventId: RecordId | undefined;
  readonly state: DeadLetterState | LetterState;
  /** What it failed of, as `dlq stats` counts it; undefined where no journal says it. */
  readonly cause: string | undefined;
  /** Events of the same key behind it, counted up to a limit; undefined where no journal says it. */
  readonly newerEvents: number | undefined;
  /** What it was written with; undefined where that cannot be said. */
  readonly schema: WrittenWith | undefined;
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
  /** Decoded; personal values are masked unless they were asked for. */
  readonly event: unknown;
  readonly undecodable: Undecodable | undefined;
  readonly traceIds: readonly string[];
  /** The command that sends it back; undefined when it is done since or put aside, or when that cannot help. */
  readonly redrive: string | undefined;
  /** The command that puts it aside; undefined when nobody needs to. */
  readonly discard: string | undefined;
  /** The command that opens it again. */
  readonly reopen: string | undefined;
}

export interface Undecodable {
  readonly reason: string;
  /** Where they stop being what they were written as; undefined where that is not known. */
  readonly failure: DecodeFailure | undefined;
  readonly bytes: number;
  /** The first of them. */
  readonly hex: string;
}

/** Enough to see a magic byte, a schema id and the beginning of whatever else it is. */
export const shownBytes = 512;
export interface ShowTools {
  readonly context: CommandContext;
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
  readonly registry: Pick<SchemaRegistryClient, 'schemaOf'>;
  /** Personal values are shown. */
  readonly reveal: boolean;
}

/** What the journal knows of the letter beside. */
export interface IndexedLetter {
  readonly letter: Letter;
  readonly index: LetterIndex;
}

/** Finds out everything about a letter of a group. Nothing is changed. */
export async function lookAt(
  {
    letter,
    group,
    indexed,
  }: { readonly letter: DeadLetter; readonly group: GroupPlan; readonly indexed?: IndexedLetter },
  tools: ShowTools,
): Promise<ShownLetter> {
  const { latest, id } = letter;
  const state = indexed?.letter.state ?? letter.state;
  const record = await readRecordAt(tools.connection, latest.topic, latest.partition, latest.offset);
  const headers = record?.headers ?? latest.headers;
  const history =
    indexed === undefined
      ? await historyFromTopics(letter, group, tools)
      : await historyFromIndex(indexed, tools.context);
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
    history: history.steps,
    key: latest.key?.toString('utf8'),
    headers,
    ...(await decoded(record, tools)),
    traceIds: [...new Set([...traceIdsOf(latest), ...history.traceIds])],
    cause: indexed?.letter.cause,
    newerEvents: indexed === undefined ? undefined : await newerEventsOf(indexed, latest, tools.context),
    schema: await writtenWith(record, tools.registry),
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

async function decoded(
  record: IncomingRecord | undefined,
  { codec, registry, reveal }: ShowTools,
): Promise<Pick<ShownLetter, 'event' | 'undecodable'>> {
  if (record === undefined) {
    const reason = 'retention has taken it meanwhile';
    return { event: undefined, undecodable: { reason, failure: undefined, bytes: 0, hex: '' } };
  }
  const { headers, value } = record;
  const topic = headers[headerName.originalTopic];
  try {
    if (topic === undefined || !isConsumedTopic(topic)) {
      throw new TrunklineError('decode_failed', 'it does not say which topic of ours it comes from');
    }
    const event = await codec.decode(topic, value);
    return { event: reveal ? event : maskPersonal(topic, event), undecodable: undefined };
  } catch (thrown) {
    const bytes = value ?? Buffer.alloc(0);
    return {
      event: undefined,
      undecodable: {
        reason: classify(thrown).message,
        failure: await failureOf(bytes, registry),
        bytes: bytes.length,
        hex: bytes.subarray(0, shownBytes).toString('hex'),
      },
    };
  }
}

/** 0x00 and the id of the schema come first: the wire format of the registry. */
async function failureOf(bytes: Buffer, registry: ShowTools['registry']): Promise<DecodeFailure | undefined> {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined;
  try {
    return findDecodeFailure(await registry.schemaOf(bytes.readUInt32BE(1)), bytes);
  } catch {
    // No such schema, or nobody to ask: then there is nothing to hold the bytes against.
    return undefined;
  }
}
