import { newestApplicableAgeMs } from '@trunkline/consumer/limits';
import { headerName } from '@trunkline/events';
import type { Letter } from '@trunkline/journal';
import { countOf, type DeadLetter, isTooOld, tenantOf } from '@trunkline/operations';

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
  /** What it failed of; undefined where no journal says it. */
  readonly cause: string | undefined;
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
    cause: undefined,
  };
}

export function documentOfIndexed(letter: Letter, nowMs: number): LetterDocument {
  const decision = letter.state === 'discarded' ? letter.decision : undefined;
  return {
    id: letter.id,
    eventId: letter.recordId,
    state: letter.state,
    type: letter.type,
    tenant: letter.tenant,
    key: letter.key,
    failureKind: letter.failureKind,
    code: letter.code,
    message: letter.message,
    attempts: letter.attempts,
    redriveCount: letter.redrives,
    copies: letter.copies,
    ageMs: nowMs - letter.diedAtMs,
    tooOld: nowMs - (letter.originalAtMs ?? letter.diedAtMs) > newestApplicableAgeMs,
    partition: letter.partition,
    offset: letter.offset,
    originalTopic: letter.original.topic,
    reason: decision?.reason,
    actor: decision?.actor,
    cause: letter.cause,
  };
}
