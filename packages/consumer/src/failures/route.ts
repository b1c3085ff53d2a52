import { type Disposition, dispositionOf, type TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic, type IncomingRecord, type OutgoingRecord, retryTopic } from '@trunkline/kafka';

import type { Origin } from '../batch/origin.ts';
import type { ConsumerLimits } from '../limits.ts';
import { exceptionHeaders } from './exception-headers.ts';
import { type RetryTier, tierFor } from './tiers.ts';

/** A record that could not be applied, and why. */
export interface FailedRecord {
  readonly source: IncomingRecord;
  readonly origin: Origin;
  readonly error: TrunklineError;
  /** False when it failed before a handler saw it: then no run is counted. */
  readonly ran: boolean;
}

export interface RouteContext {
  readonly group: string;
  readonly tiers: readonly RetryTier[];
  readonly limits: Pick<ConsumerLimits, 'maxAttempts' | 'maxRetryAgeMs'>;
  readonly nowMs: number;
}

/** The copy to publish before the record's offset may be committed. */
export interface RoutedCopy {
  readonly outcome: 'retry' | 'dead_letter';
  readonly record: OutgoingRecord;
}

type FailureKind = 'transient' | 'permanent' | 'poison' | 'exhausted';

/** Where a failed record goes next. Pure: the one place that turns a disposition into a topic. */
export function routeFailure(failed: FailedRecord, context: RouteContext): RoutedCopy {
  const tier = nextTier(failed, context);
  const kind = tier === undefined ? finalKind(failed.error) : 'transient';
  const topic = tier === undefined ? deadLetterTopic(context.group) : retryTopic(context.group, tier.name);
  const { source } = failed;
  const headers = copyHeaders(failed, context, { kind, tier });
  return {
    outcome: tier === undefined ? 'dead_letter' : 'retry',
    record: { topic, key: source.key ?? placeholderKey(source), value: source.value, headers },
  };
}

/** The tier on which trying again is worthwhile; undefined means dead letter. */
function nextTier({ error, origin }: FailedRecord, { tiers, limits, nowMs }: RouteContext): RetryTier | undefined {
  if (!mayRetry(dispositionOf(error.code))) return undefined;
  const attempts = origin.attempts + 1;
  if (attempts >= limits.maxAttempts) return undefined;
  const tier = tierFor(tiers, attempts, error.retryAfterMs);
  const failingForMs = nowMs - (origin.firstFailureAtMs ?? nowMs);
  return failingForMs + tier.delayMs > limits.maxRetryAgeMs ? undefined : tier;
}

function mayRetry(disposition: Disposition): boolean {
  switch (disposition) {
    case 'retry':
    // A record that keeps a healthy Postgres busy past its timeouts, or needs a lock that its neighbours do not need.
    case 'pause':
    case 'again':
    // A code that no consumer should meet: a bug, and a later release may know better.
    case 'none':
      return true;
    case 'dead_letter':
    case 'poison':
      return false;
  }
}

function finalKind(error: TrunklineError): FailureKind {
  if (error.code === 'too_old') return 'exhausted';
  const disposition = dispositionOf(error.code);
  if (disposition === 'poison') return 'poison';
  return disposition === 'dead_letter' ? 'permanent' : 'exhausted';
}

interface Decision {
  readonly kind: FailureKind;
  readonly tier: RetryTier | undefined;
}

/** Everything the record had, ce_* untouched; the originals as they were first; the rest as of now. */
function copyHeaders(failed: FailedRecord, context: RouteContext, { kind, tier }: Decision): Record<string, string> {
  const { source, origin, ran } = failed;
  const { [headerName.retryDueAt]: _passed, ...kept } = source.headers;
  const runs = ran ? 1 : 0;
  return {
    ...kept,
    ...originalHeaders(failed, context.group),
    [headerName.retryAttempt]: String(origin.attempts + runs),
    [headerName.attemptsTotal]: String(origin.attemptsTotal + runs),
    [headerName.firstFailureAt]: String(origin.firstFailureAtMs ?? context.nowMs),
    ...(tier === undefined ? {} : { [headerName.retryDueAt]: String(context.nowMs + tier.delayMs) }),
    ...exceptionHeaders(failed.error),
    [headerName.failureKind]: kind,
  };
}

/** Of a record that waits without having failed: no run is counted, and a redrive has begun anew. */
export function waitingHeaders(record: Pick<FailedRecord, 'source' | 'origin'>, group: string): Record<string, string> {
  const { source, origin } = record;
  const { [headerName.retryDueAt]: _due, [headerName.firstFailureAt]: _since, ...kept } = source.headers;
  return {
    ...kept,
    ...originalHeaders(record, group),
    [headerName.retryAttempt]: String(origin.attempts),
    [headerName.attemptsTotal]: String(origin.attemptsTotal),
    ...(origin.firstFailureAtMs === undefined ? {} : { [headerName.firstFailureAt]: String(origin.firstFailureAtMs) }),
  };
}

function originalHeaders(
  { source, origin }: Pick<FailedRecord, 'source' | 'origin'>,
  group: string,
): Record<string, string> {
  const isCopy = origin.via !== 'main' && source.headers[headerName.originalTopic] !== undefined;
  if (isCopy) return {};
  return {
    [headerName.originalTopic]: origin.topic,
    [headerName.originalPartition]: String(origin.partition),
    [headerName.originalOffset]: String(origin.offset),
    [headerName.originalTimestamp]: String(origin.firstAppendMs),
    [headerName.originalConsumerGroup]: group,
  };
}

/** Only a record put on a topic by hand has no key; a copy needs one to be published safely: without one each try may choose another partition. */
function placeholderKey({ topic, partition, offset }: IncomingRecord): Buffer {
  return Buffer.from(`${topic}:${partition}:${offset}`);
}
