import { headerName } from '@trunkline/events';

import { isTooOld } from './choose.ts';
import { type DeadLetter, isOpen, tenantOf } from './letter.ts';
import type { DeadLettersRead } from './read.ts';
import { countOf } from './redrive-headers.ts';

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

/** A dead letter in a list, as --json has it. */
export interface LetterDocument {
  readonly id: string;
  readonly eventId: string | undefined;
  readonly state: string;
  readonly type: string | undefined;
  readonly tenant: string | undefined;
  readonly key: string | undefined;
  readonly failureKind: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly attempts: number;
  readonly redriveCount: number;
  readonly copies: number;
  readonly ageMs: number;
  readonly tooOld: boolean;
  /** Of the latest copy, on the dead-letter topic. */
  readonly partition: number;
  readonly offset: bigint;
  readonly originalTopic: string | undefined;
  /** Why it was put aside, and by whom. */
  readonly reason: string | undefined;
  readonly actor: string | undefined;
}

export function documentOf(letter: DeadLetter, nowMs: number): LetterDocument {
  const { headers, key, partition, offset, timestampMs } = letter.latest;
  const decision = letter.state === 'discarded' ? letter.decision : undefined;
  return {
    id: letter.id,
    eventId: letter.eventId,
    state: letter.state,
    type: headers[headerName.type],
    tenant: tenantOf(headers),
    key: key?.toString('utf8'),
    failureKind: headers[headerName.failureKind],
    code: headers[headerName.exceptionCode],
    message: headers[headerName.exceptionMessage],
    attempts: countOf(headers[headerName.attemptsTotal] ?? headers[headerName.retryAttempt]),
    redriveCount: letter.redriveCount,
    copies: letter.places.length,
    ageMs: nowMs - timestampMs,
    tooOld: isTooOld(letter, nowMs),
    partition,
    offset,
    originalTopic: headers[headerName.originalTopic],
    reason: decision?.reason,
    actor: decision?.actor,
  };
}
