import { deadLetterTopic, type KafkaConnection } from '@trunkline/kafka';

import type { OperatorAccess } from '../access.ts';
import type { GroupPlan } from '../groups.ts';
import { createLetterBook, type LetterBook } from './letter-book.ts';
import { countOfLetters, type LetterCount } from './letter-count.ts';
import { judgeLetters } from './letter-states.ts';

export interface GroupLetters extends LetterCount {
  readonly group: string;
  readonly topic: string;
}

export interface LettersCounted {
  readonly letters: readonly GroupLetters[];
  /** What could not be looked at, a sentence each. */
  readonly gaps: readonly string[];
}

/** Counts the open dead letters of groups, again and again: each time only what came since is read. */
export interface LetterCounter {
  count(missingTopics: ReadonlySet<string>): Promise<LettersCounted>;
}

export function createLetterCounter(
  connection: KafkaConnection,
  groups: readonly GroupPlan[],
  access: Pick<OperatorAccess, 'withDatabase' | 'signal'>,
): LetterCounter {
  const books = new Map<string, LetterBook>(groups.map(({ name }) => [name, createLetterBook(connection, name)]));
  return {
    async count(missingTopics) {
      const letters: GroupLetters[] = [];
      const gaps: string[] = [];
      for (const group of groups) {
        const topic = deadLetterTopic(group.name);
        const book = books.get(group.name);
        if (book === undefined || missingTopics.has(topic)) continue;
        await book.refresh({ signal: access.signal });
        const judged = await judgeLetters(book.letters(), group, access);
        letters.push({ group: group.name, topic, ...countOfLetters({ ...judged, onTopic: book.onTopic() }) });
        if (judged.gap !== undefined) gaps.push(judged.gap);
        if (!book.isComplete()) gaps.push(`${topic} holds more letters than are counted at a time`);
      }
      return { letters, gaps };
    },
  };
}
