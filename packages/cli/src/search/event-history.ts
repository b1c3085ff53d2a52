import type { RecordId } from '@trunkline/core';
import type { ConsumedTopic, RecordOf } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';
import type { InboxRow } from '@trunkline/postgres';

import type { EffectRows } from './effect-rows.ts';

/** A record on Kafka and what it holds. */
export interface FoundRecord<Value> {
  readonly place: RecordPlace;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when it cannot be decoded; `undecodable` says why. */
  readonly value: Value | undefined;
  readonly undecodable: string | undefined;
}

export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

/** A copy of the event's record on one of a group's retry, dead-letter or redrive topics. */
export interface FailureCopy {
  readonly group: string;
  readonly place: RecordPlace;
  readonly attempt: number;
  readonly failureKind: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly traceId: string | undefined;
  readonly redriveCount: number;
  /** Of a retry: when it is tried again. */
  readonly dueAtMs: number | undefined;
}

export interface GroupState {
  readonly group: string;
  /** Undefined: the group has not done the event. */
  readonly row: InboxRow | undefined;
  /** Where its effect is; undefined where that is not known. */
  readonly effect: readonly EffectRows[] | undefined;
}

/** Everything that could be found out about one event or request. */
export interface EventHistory {
  /** Of a request its id. */
  readonly eventId: RecordId;
  readonly record: FoundRecord<RecordOf<ConsumedTopic>> | undefined;
  readonly delivery: FoundRecord<RecordOf<'ingress.delivery.v1'>> | undefined;
  /** Records of it on its topic: each reception made one. `isComplete` false: at least so many. */
  readonly receptions: { readonly count: number; readonly isComplete: boolean } | undefined;
  readonly groups: readonly GroupState[];
  readonly copies: readonly FailureCopy[];
  /** Of the request first, then of the runs, each once. */
  readonly traceIds: readonly string[];
}

export function placeOf(record: Pick<IncomingRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'>): RecordPlace {
  return { topic: record.topic, partition: record.partition, offset: record.offset, appendedAtMs: record.timestampMs };
}
