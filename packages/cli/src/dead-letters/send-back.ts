import {
  createPublisher,
  deadLetterTopic,
  type IncomingRecord,
  type KafkaConnection,
  type OutgoingRecord,
  readRecordRanges,
  recordLimits,
  redriveTopic,
} from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import { createPace } from '../pace.ts';
import { planTopics } from '../topic-plan.ts';
import type { DeadLetter } from './letter.ts';
import { redriveHeaders, type RedriveRun } from './redrive-headers.ts';

export interface SendingBack {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly letters: readonly DeadLetter[];
  readonly redrive: RedriveRun;
  readonly ratePerSecond: number;
}

const publishDeadlineMs = 30_000;
const closeDeadlineMs = 10_000;
/** What a portion may weigh: values are read as they are sent, so that thousands of large letters fit into no memory. */
const mostPortionBytes = 4 * 1024 * 1024;

/**
 * Sends the latest copy of each letter to the group's redrive topic, in the order of the dead-letter topic, and returns
 * the ids of those that were. In portions of a tenth of a second, each acknowledged before the next is read on: an
 * interruption loses count of nothing.
 */
export async function sendBack(work: SendingBack, context: CommandContext): Promise<readonly string[]> {
  const { connection, group, letters, redrive } = work;
  const { output, signal } = context;
  const wanted = new Map(letters.map((letter) => [placeOf(letter.latest), letter]));
  const publisher = await createPublisher(connection, {
    limits: { maxRecordBytes: recordLimits(planTopics(context)) },
  });
  const progress = output.progress('redriving');
  const pace = createPace(work.ratePerSecond);
  const sent: string[] = [];
  let portion = emptyPortion();

  async function flush(): Promise<void> {
    if (portion.ids.length === 0) return;
    await pace.wait(portion.ids.length, signal);
    await publisher.publish(portion.records, { deadlineMs: publishDeadlineMs, signal });
    sent.push(...portion.ids);
    portion = emptyPortion();
    progress.update(sent.length, letters.length);
  }

  try {
    const ranges = rangesOf(deadLetterTopic(group), letters);
    for await (const record of readRecordRanges(connection, { ranges, limit: Number.POSITIVE_INFINITY, signal })) {
      const letter = wanted.get(placeOf(record));
      if (letter === undefined) continue;
      portion.ids.push(letter.id);
      portion.records.push(redriveRecord(group, { letter, record }, redrive));
      portion.bytes += record.sizeBytes;
      if (portion.ids.length >= Math.max(1, Math.floor(work.ratePerSecond / 10)) || portion.bytes >= mostPortionBytes)
        await flush();
    }
    await flush();
    return sent;
  } catch (error) {
    output.note(
      `${sent.length} of ${letters.length} were sent back before this; they may be sent again, the inbox keeps their effect single`,
    );
    throw error;
  } finally {
    progress.end();
    await publisher.close({ deadlineMs: closeDeadlineMs });
  }
}

interface Portion {
  readonly ids: string[];
  readonly records: OutgoingRecord[];
  bytes: number;
}

function emptyPortion(): Portion {
  return { ids: [], records: [], bytes: 0 };
}

/** The record of a dead letter on its way back: key and value untouched. */
export function redriveRecord(
  group: string,
  { letter, record }: { readonly letter: Pick<DeadLetter, 'id'>; readonly record: IncomingRecord },
  redrive: RedriveRun,
): OutgoingRecord {
  const { key, value } = record;
  return {
    topic: redriveTopic(group),
    // Poison put on a topic by hand may have no key; the publisher takes none without.
    key: key === null || key.length === 0 ? Buffer.from(letter.id, 'utf8') : key,
    value,
    headers: redriveHeaders(record, redrive, { forced: redrive.forcedIds.has(letter.id) }),
  };
}

/** Of each partition the stretch that holds all of its letters. */
function rangesOf(topic: string, letters: readonly DeadLetter[]) {
  const offsets = new Map<number, { from: bigint; to: bigint }>();
  for (const { latest } of letters) {
    const { partition, offset } = latest;
    const known = offsets.get(partition) ?? { from: offset, to: offset };
    offsets.set(partition, {
      from: offset < known.from ? offset : known.from,
      to: offset > known.to ? offset : known.to,
    });
  }
  return [...offsets].map(([partition, { from, to }]) => ({ topic, partition, fromOffset: from, toOffset: to + 1n }));
}

function placeOf({ partition, offset }: { readonly partition: number; readonly offset: bigint }): string {
  return `${partition}:${offset}`;
}
