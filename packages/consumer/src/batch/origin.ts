import { TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Via } from '../handler.ts';

/** Where a record was first appended and what has happened to it since. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly firstAppendMs: number;
  readonly via: Via;
  /** Finished runs since the last redrive. */
  readonly attempts: number;
  /** Finished runs ever. */
  readonly attemptsTotal: number;
  readonly redriveCount: number;
  /** Since the last redrive. */
  readonly firstFailureAtMs: number | undefined;
}

/** What is known of a record without trusting any header: all there is for one on its domain topic. */
export function ownOrigin(record: IncomingRecord, via: Via): Origin {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    firstAppendMs: record.timestampMs,
    via,
    attempts: 0,
    attemptsTotal: 0,
    redriveCount: 0,
    firstFailureAtMs: undefined,
  };
}

/**
 * Reads the x-original-* and x-retry-* headers of a copy. Throws `decode_failed` naming the header when a copy does not
 * say where it comes from: nothing could route it.
 */
export function originOf(record: IncomingRecord, via: Via): Origin {
  if (via === 'main') return ownOrigin(record, via);
  const { headers } = record;
  const topic = headers[headerName.originalTopic];
  if (topic === undefined || topic === '') throw missing(headerName.originalTopic);
  // A redrive starts over: what the copy says about runs before it counts in the total only.
  const isRedrive = via === 'redrive';
  return {
    topic,
    partition: required(headers, headerName.originalPartition),
    offset: requiredOffset(headers),
    firstAppendMs: required(headers, headerName.originalTimestamp),
    via,
    attempts: isRedrive ? 0 : (optional(headers, headerName.retryAttempt) ?? 0),
    attemptsTotal: optional(headers, headerName.attemptsTotal) ?? 0,
    redriveCount: optional(headers, headerName.redriveCount) ?? 0,
    firstFailureAtMs: isRedrive ? undefined : optional(headers, headerName.firstFailureAt),
  };
}

type Headers = Readonly<Record<string, string>>;

function required(headers: Headers, name: string): number {
  const value = optional(headers, name);
  if (value === undefined) throw missing(name);
  return value;
}

/** A long, which a number cannot hold. */
function requiredOffset(headers: Headers): bigint {
  const text = headers[headerName.originalOffset];
  if (text === undefined) throw missing(headerName.originalOffset);
  const offset = /^[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (offset === undefined || offset > maxLong) throw notWhole(headerName.originalOffset);
  return offset;
}

const maxLong = 2n ** 63n - 1n;

function optional(headers: Headers, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw notWhole(name);
  }
  return value;
}

function missing(name: string): TrunklineError {
  return new TrunklineError('decode_failed', `the header ${name} is missing on a retry or redrive topic`);
}

function notWhole(name: string): TrunklineError {
  return new TrunklineError('decode_failed', `the header ${name} is not a whole number`);
}
