import { isOpen } from './letter.ts';
import type { DeadLettersRead } from './read.ts';

/** The one number of open letters that every command tells; null while it is not known. */
export interface LetterCount {
  readonly open: number | null;
  /** Records on the dead-letter topic, further copies and what is done since included. */
  readonly onTopic: number;
}

export function countOfLetters({ letters, onTopic, gap }: Omit<DeadLettersRead, 'complete'>): LetterCount {
  return { open: gap === undefined ? letters.filter(isOpen).length : null, onTopic };
}

/** `3 open of 5 on the topic`. */
export function countText({ open, onTopic }: LetterCount): string {
  return `${open === null ? 'not known how many open' : `${open} open`} of ${onTopic} on the topic`;
}
