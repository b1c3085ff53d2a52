import fc from 'fast-check';
import { expect, it } from 'vitest';

import { FetchedBatch, type FetchedPartition } from './fetched-batch.ts';
import { originalOf } from './testing/original.ts';

// Internal to kafkajs, so there is no type for it; ours has the same contract.
const KafkajsBatch = originalOf('kafkajs/src/consumer/batch.js') as typeof FetchedBatch;

const abortMarker = Buffer.from([0, 0, 0, 0]);
const record = fc.record({
  gap: fc.integer({ min: 1, max: 3 }),
  isControlRecord: fc.boolean(),
  key: fc.constantFrom(null, Buffer.from('k'), abortMarker),
  producerId: fc.constantFrom('1', '2'),
  inTransaction: fc.boolean(),
});

function partitionOf(first: bigint, records: readonly (typeof record extends fc.Arbitrary<infer T> ? T : never)[]) {
  let offset = first;
  return records.map(({ gap, isControlRecord, key, producerId, inTransaction }) => {
    offset += BigInt(gap);
    return { offset: offset.toString(), isControlRecord, key, batchContext: { producerId, inTransaction } };
  });
}

/** Everything that kafkajs asks of it. */
function told(Batch: typeof FetchedBatch, fetchedOffset: string, fetched: FetchedPartition): unknown {
  const batch = new Batch('t', fetchedOffset, fetched);
  return {
    ...batch,
    isEmpty: batch.isEmpty(),
    isEmptyIncludingFiltered: batch.isEmptyIncludingFiltered(),
    isEmptyDueToFiltering: batch.isEmptyDueToFiltering(),
    isEmptyControlRecord: batch.isEmptyControlRecord(),
    isEmptyDueToLogCompactedMessages: batch.isEmptyDueToLogCompactedMessages(),
    firstOffset: batch.firstOffset(),
    lastOffset: batch.lastOffset(),
    offsetLag: batch.offsetLag(),
    offsetLagLow: batch.offsetLagLow(),
  };
}

it('hands out what the batch of kafkajs hands out, whatever was fetched', () => {
  const first = fc.constantFrom(0n, 1_000n, 2n ** 60n);
  const aborted = fc.array(fc.record({ producerId: fc.constantFrom('1', '2'), firstOffset: fc.nat({ max: 12 }) }), {
    maxLength: 2,
  });
  fc.assert(
    fc.property(first, fc.array(record, { maxLength: 8 }), aborted, fc.integer({ min: -2, max: 12 }), (...given) => {
      const [first, records, aborted, from] = given;
      const at = (offset: number): string => (first + BigInt(offset)).toString();
      const fetched: FetchedPartition = {
        partition: 3,
        highWatermark: at(30),
        abortedTransactions: aborted.map(({ producerId, firstOffset }) => ({
          producerId,
          firstOffset: at(firstOffset),
        })),
        messages: partitionOf(first, records),
      };

      expect(told(FetchedBatch, at(from), fetched)).toEqual(told(KafkajsBatch, at(from), fetched));
    }),
    { numRuns: 500 },
  );
});
