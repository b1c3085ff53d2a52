import type { Letter } from '@trunkline/journal';
import { deadLetterTopic, type KafkaConnection, readRecordAt } from '@trunkline/kafka';
import { type DeadLetter, letterRecordOf } from '@trunkline/operations';

/** A letter of the index with its record, as commands that read topics know it. */
export async function letterOf(letter: Letter, connection: KafkaConnection): Promise<DeadLetter> {
  const topic = deadLetterTopic(letter.group);
  const { partition, offset } = letter;
  const record = await readRecordAt(connection, topic, partition, offset);
  const key = letter.key === undefined ? null : Buffer.from(letter.key, 'utf8');
  return {
    id: letter.id,
    eventId: letter.recordId,
    // Retention may have taken it: what the index says of it is left.
    latest:
      record === undefined
        ? { topic, partition, offset, timestampMs: letter.diedAtMs, key, headers: {} }
        : letterRecordOf(record),
    places: [`${partition}:${offset}`],
    state: stateOf(letter),
    decision: letter.decision,
    firstFailureAtMs: letter.firstFailureAtMs,
    firstAppendMs: letter.originalAtMs,
    redriveCount: letter.redrives,
  };
}

/** What a job does with it, and that its record is gone, is told beside. */
function stateOf({ state }: Letter): DeadLetter['state'] {
  return state === 'queued' || state === 'sent' || state === 'expired' ? 'open' : state;
}
