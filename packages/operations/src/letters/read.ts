import { deadLetterTopic, type KafkaConnection } from '@trunkline/kafka';

import type { OperatorAccess } from '../access.ts';
import type { GroupPlan } from '../groups.ts';
import { createLetterBook, letterLimits } from './letter-book.ts';
import { judgeLetters } from './letter-states.ts';
import type { DeadLetter, LetterCopies } from './letter.ts';

/** How long a dead letter is kept; the topic's retention. */
export const deadLetterRetentionMs: number = 30 * 24 * 3_600_000;

export interface DeadLettersRead {
  /** One entry for all copies of a record, oldest first. */
  readonly letters: readonly DeadLetter[];
  /** Records on the topic. */
  readonly onTopic: number;
  /** False when the topic holds more than was read. */
  readonly complete: boolean;
  /** Why nobody knows which of them are open. */
  readonly gap: string | undefined;
}

export interface LetterQuestion {
  readonly connection: KafkaConnection;
  readonly group: GroupPlan;
  /** Which copies are looked for, each asked about alone; all unless given. */
  readonly wants?: (copy: LetterCopies) => boolean;
}

/** Reads the dead-letter topic of a group, and asks the database what became of each letter. */
export async function readDeadLetters(
  { connection, group, wants }: LetterQuestion,
  access: Pick<OperatorAccess, 'withDatabase' | 'signal' | 'progress'>,
): Promise<DeadLettersRead> {
  const book = createLetterBook(connection, group.name, wants === undefined ? {} : { wants });
  const progress = access.progress(`reading ${deadLetterTopic(group.name)}`);
  try {
    await book.refresh({ signal: access.signal, progress });
  } finally {
    progress.end();
  }
  const { letters, gap } = await judgeLetters(book.letters(), group, access);
  return { letters, onTopic: book.onTopic(), complete: book.isComplete(), gap };
}

/** What to say where not all letters were read. */
export const incompleteNote = `there are more than are read at a time (${letterLimits.letters}, or ${letterLimits.bytes / 1024 / 1024} MiB of headers): the oldest are shown`;
