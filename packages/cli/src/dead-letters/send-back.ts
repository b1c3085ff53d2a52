import {
  createPublisher,
  deadLetterTopic,
  type KafkaConnection,
  type OutgoingRecord,
  readRecordRanges,
  recordLimits,
} from '@trunkline/kafka';
import { type DeadLetter, redriveRecord, type RedriveRun, stretchesOf } from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { createPace } from '../pace.ts';
import { planTopics } from '../topic-plan.ts';

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
    const ranges = stretchesOf(
      deadLetterTopic(group),
      letters.map(({ latest }) => latest),
    );
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

function placeOf({ partition, offset }: { readonly partition: number; readonly offset: bigint }): string {
  return `${partition}:${offset}`;
}
