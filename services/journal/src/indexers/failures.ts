import { groups } from '@trunkline/consumer';
import { headerName, letterId, type OriginalPlace, readableRecordId } from '@trunkline/events';
import { noTenant, type StepRow } from '@trunkline/journal';
import { deadLetterTopic, type IncomingRecord, redriveTopic, retryTopic } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { placeOf, traceIdOf } from './place.ts';

/** The topics of what failed: of each group its retry tiers, its dead-letter and its redrive topic. */
export function failureIndexers(retryTiers: readonly string[]): ReadonlyMap<string, Indexer> {
  return new Map(
    groups.flatMap(({ name }) => [
      ...retryTiers.map((tier) => [retryTopic(name, tier), indexerOf(name, 'retry')] as const),
      [deadLetterTopic(name), indexerOf(name, 'dead')] as const,
      [redriveTopic(name), indexerOf(name, 'redrive')] as const,
    ]),
  );
}

/** Headers alone say it: a copy's value may be what nobody can decode. */
function indexerOf(group: string, kind: StepRow['kind']): Indexer {
  return (record) => {
    const { headers, value } = record;
    const recordId = readableRecordId(headers, value);
    const original = originalPlaceOf(record);
    const [tenant, source] = tenantAndSource(headers[headerName.source]);
    return {
      table: 'step',
      place: placeOf(record),
      group,
      kind,
      letterId: letterId(recordId === undefined ? { group, place: original } : { group, recordId }),
      recordId,
      tenantId: tenant ?? noTenant,
      source,
      type: headers[headerName.type],
      recordKey: record.key?.toString('utf8'),
      original,
      originalAtMs: millisecondsIn(headers[headerName.originalTimestamp]),
      firstFailureAtMs: millisecondsIn(headers[headerName.firstFailureAt]),
      dueAtMs: kind === 'retry' ? millisecondsIn(headers[headerName.retryDueAt]) : undefined,
      attempt: countIn(headers[headerName.retryAttempt]),
      attemptsTotal: countIn(headers[headerName.attemptsTotal]),
      redrives: countIn(headers[headerName.redriveCount]),
      redriveId: headers[headerName.redriveId],
      code: headers[headerName.exceptionCode],
      failureKind: headers[headerName.failureKind],
      exceptionClass: headers[headerName.exceptionClass],
      message: headers[headerName.exceptionMessage],
      stack: headers[headerName.exceptionStacktrace],
      schemaId: schemaIdOf(value),
      traceId: traceIdOf(headers[headerName.traceparent]),
      bytes: record.sizeBytes,
    };
  };
}

/** Where the record was first appended; put on the topic by hand, it was there. */
function originalPlaceOf({ headers, topic, partition, offset }: IncomingRecord): OriginalPlace {
  const named = headers[headerName.originalTopic];
  const namedPartition = headers[headerName.originalPartition] ?? '';
  const namedOffset = headers[headerName.originalOffset] ?? '';
  if (named === undefined || !/^\d{1,6}$/.test(namedPartition) || !/^\d{1,18}$/.test(namedOffset))
    return { topic, partition, offset };
  return { topic: named, partition: Number(namedPartition), offset: BigInt(namedOffset) };
}

/** `/tenants/<tenant>/sources/<source>`; of a request there is a group in the place of the source. */
function tenantAndSource(
  header: string | undefined,
): readonly [tenant: string | undefined, source: string | undefined] {
  const found = /^\/tenants\/([a-z0-9_]{1,64})\/(sources|groups)\/([^/]+)$/.exec(header ?? '');
  return [found?.[1], found?.[2] === 'sources' ? found[3] : undefined];
}

/** Epoch milliseconds, or a time as people write it (RFC 3339). */
function millisecondsIn(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,15}$/.test(header) ? Number(header) : Date.parse(header);
  return Number.isNaN(ms) ? undefined : ms;
}

function countIn(header: string | undefined): number {
  return /^\d{1,9}$/.test(header ?? '') ? Number(header) : 0;
}

/** 0x00 and four bytes of the schema's id (Confluent wire format); a larger id than an integer holds is none. */
function schemaIdOf(value: Buffer | null): number | undefined {
  if (value === null || value.length < 5 || value[0] !== 0) return undefined;
  const id = value.readUInt32BE(1);
  return id > 2_147_483_647 ? undefined : id;
}
