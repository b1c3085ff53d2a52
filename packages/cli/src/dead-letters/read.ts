import { classify, type EventId, isEventId } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic, type IncomingRecord, type KafkaConnection } from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { GroupPlan } from '../groups.ts';
import { readInboxRows } from '../search/inbox-row.ts';
import { scanTopic } from '../search/scan.ts';
import { countOf } from './redrive-headers.ts';

/** How long a dead letter is kept; the topic's retention. */
export const deadLetterRetentionMs: number = 30 * 24 * 3_600_000;
/** Dead letters held in memory at a time: with the largest record (8 MiB) this is still the reader's own limit. */
export const mostDeadLetters = 10_000;

/** `open`: not done yet. `applied`, `stale`: done since (a redrive, or the same event received again). */
export type DeadLetterState = 'open' | 'applied' | 'stale' | 'unknown';

/** The latest dead letter of one event in a group. */
export interface DeadLetter {
  /** The event id; of a record without one `<partition>:<offset>` on the dead-letter topic. */
  readonly id: string;
  readonly state: DeadLetterState;
  readonly record: IncomingRecord;
  /** How many dead letters this event has, this one included. */
  readonly copies: number;
  readonly firstFailureAtMs: number | undefined;
  /** First append of the event's record, which decides whether it is too old to be applied. */
  readonly firstAppendMs: number | undefined;
  readonly redriveCount: number;
}

export interface DeadLettersRead {
  readonly letters: readonly DeadLetter[];
  readonly scannedRecords: number;
  /** False when the topic holds more than was read. */
  readonly complete: boolean;
}

export interface LetterSearch {
  readonly connection: KafkaConnection;
  readonly group: GroupPlan;
  /** Which records of the topic; all unless given. */
  readonly matches?: (record: IncomingRecord) => boolean;
}

/** Reads the dead-letter topic of a group, one entry per event, oldest first, and asks the inbox which are done since. */
export async function readDeadLetters(search: LetterSearch, context: CommandContext): Promise<DeadLettersRead> {
  const { connection, group, matches: wanted = () => true } = search;
  const topic = deadLetterTopic(group.name);
  const progress = context.output.progress(`reading ${topic}`);
  try {
    const { matches, scannedRecords, complete } = await scanTopic(connection, {
      topic,
      fromTimestampMs: context.clock() - deadLetterRetentionMs,
      matches: wanted,
      mostMatches: mostDeadLetters,
      progress,
      signal: context.signal,
    });
    const letters = await lettersOf(matches, group, context);
    return { letters, scannedRecords, complete: complete && matches.length < mostDeadLetters };
  } finally {
    progress.end();
  }
}

/** The letters that records of a dead-letter topic are, with what the inbox knows of them. */
export async function lettersOf(
  records: readonly IncomingRecord[],
  group: GroupPlan,
  context: CommandContext,
): Promise<readonly DeadLetter[]> {
  const latest = latestById(records);
  const states = await statesOf([...latest.keys()].filter(isEventId), group, context);
  return [...latest].map(([id, { record, copies }]) => letterOf(id, { record, copies, state: states.get(id) }));
}

/** Copies in a dead-letter topic are at-least-once, and an event may die again after a redrive: the last one counts. */
export function latestById(
  records: readonly IncomingRecord[],
): ReadonlyMap<string, { readonly record: IncomingRecord; readonly copies: number }> {
  const latest = new Map<string, { record: IncomingRecord; copies: number }>();
  for (const record of records.toSorted((left, right) => left.timestampMs - right.timestampMs)) {
    const id = deadLetterId(record);
    const before = latest.get(id);
    latest.delete(id);
    latest.set(id, { record, copies: (before?.copies ?? 0) + 1 });
  }
  return latest;
}

export function deadLetterId(record: IncomingRecord): string {
  const eventId = record.headers[headerName.id];
  return eventId !== undefined && isEventId(eventId) ? eventId : `${record.partition}:${record.offset}`;
}

async function statesOf(
  eventIds: readonly EventId[],
  group: GroupPlan,
  context: CommandContext,
): Promise<ReadonlyMap<string, DeadLetterState>> {
  if (eventIds.length === 0) return new Map();
  if (context.settings.find('databaseUrl') === undefined) {
    context.output.note(
      'which of them are done since is not known: no database (--database-url or TRUNKLINE_DATABASE_URL)',
    );
    return new Map();
  }
  try {
    const rows = await withDatabase(context, group.schema, (database) =>
      readInboxRows(database, eventIds, context.signal),
    );
    return new Map(eventIds.map((id) => [id, stateOfOutcome(rows.get(id)?.outcome)]));
  } catch (thrown) {
    context.signal.throwIfAborted();
    context.output.note(`which of them are done since is not known: ${classify(thrown).message}`);
    return new Map();
  }
}

function stateOfOutcome(outcome: string | undefined): DeadLetterState {
  if (outcome === undefined) return 'open';
  return outcome === 'stale' ? 'stale' : 'applied';
}

function letterOf(
  id: string,
  found: { readonly record: IncomingRecord; readonly copies: number; readonly state: DeadLetterState | undefined },
): DeadLetter {
  const { headers } = found.record;
  return {
    id,
    // Poison has no event id, so no inbox can know it.
    state: found.state ?? (isEventId(id) ? 'unknown' : 'open'),
    record: found.record,
    copies: found.copies,
    firstFailureAtMs: timeOf(headers[headerName.firstFailureAt]),
    firstAppendMs: timeOf(headers[headerName.originalTimestamp]),
    redriveCount: countOf(headers[headerName.redriveCount]),
  };
}

/** Epoch milliseconds as text. */
function timeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
