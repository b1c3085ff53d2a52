import { isRecordId, TrunklineError, uuidOf } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { type IncomingRecord, type PartitionLag, readRecords } from '@trunkline/kafka';

import type { AccountedGroup } from './account.ts';
import type { AccountTools } from './tools.ts';

/** One thing that a group was to do. */
export interface Promised {
  /** Its id without the prefix; undefined of a record that says none. */
  readonly uuid: string | undefined;
  readonly recordId: string | undefined;
  /** Empty where no header names it. */
  readonly tenantId: string;
  /** `topic/partition/offset`, of the first record with the id. */
  readonly place: string;
  /** A record of it is not read yet. */
  readonly isWaiting: boolean;
}

/** Records read of all topics of a group together. */
const mostRecords = 1_000_000;

export interface PromisedQuestion {
  readonly group: AccountedGroup;
  /** By `topic/partition`: what is below is finished. */
  readonly committed: ReadonlyMap<string, bigint>;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export async function readPromised(
  { connection, progress, signal }: AccountTools,
  { group, committed, sinceMs, untilMs }: PromisedQuestion,
): Promise<readonly Promised[]> {
  const types = new Set(group.types);
  const found = new Map<string, Promised>();
  let read = 0;
  for (const topic of group.topics) {
    for await (const record of readRecords(connection, {
      topic,
      fromTimestampMs: sinceMs,
      limit: mostRecords,
      signal,
    })) {
      read += 1;
      progress.update(read);
      if (read >= mostRecords) throw tooMany(group.name);
      const type = record.headers[headerName.type];
      if (record.timestampMs >= untilMs || (type !== undefined && !types.has(type))) continue;
      const place = placeOf(record);
      const id = record.headers[headerName.id] ?? '';
      const recordId = isRecordId(id) ? id : undefined;
      const key = recordId ?? place;
      const isWaiting = record.offset >= (committed.get(`${topic}/${record.partition}`) ?? 0n);
      const known = found.get(key);
      found.set(key, {
        uuid: recordId === undefined ? undefined : uuidOf(recordId),
        recordId,
        tenantId: tenantOf(record),
        place: known?.place ?? place,
        // Of one that was received twice, the first one has to be done.
        isWaiting: isWaiting && known?.isWaiting !== false,
      });
    }
  }
  return [...found.values()];
}

/** By `topic/partition`, where anything is committed. */
export function offsetsOf(lags: readonly PartitionLag[]): ReadonlyMap<string, bigint> {
  return new Map(
    lags.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [[`${topic}/${partition}`, committed] as const],
    ),
  );
}

function placeOf({ topic, partition, offset }: IncomingRecord): string {
  return `${topic}/${partition}/${offset}`;
}

function tenantOf({ headers }: IncomingRecord): string {
  return /^\/tenants\/([a-z0-9_]{1,64})\//.exec(headers[headerName.source] ?? '')?.[1] ?? '';
}

function tooMany(group: string): TrunklineError {
  return new TrunklineError(
    'config_invalid',
    `the topics of ${group} have more than ${mostRecords} records in that time: choose a shorter one`,
  );
}
