import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type AnswerDecoder, decodeMessages } from './fetched-records.ts';
import { type BatchParts, bytesOfBatch } from './testing/batch-bytes.ts';
import { originalOf } from './testing/original.ts';
import { anyRecord } from './testing/records.ts';

// Internal to kafkajs, so there are no types for them.
const load = createRequire(import.meta.url);
const Decoder = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => AnswerDecoder;
const kafkajsDecode = originalOf('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as typeof decodeMessages;
const MessageSet = load('kafkajs/src/protocol/messageSet/index.js') as (set: object) => { readonly buffer: Buffer };

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
// With the offset of a record it must not pass 64 bits: kafkajs counts on, and no broker does.
const usual = fc.constantFrom(0n, 7n, 1_764_400_000_000n, 9_007_199_254_740_991n, 9_007_199_254_740_993n);
// Other names kafkajs does not read right: see record-decoder.test.ts.
const record = anyRecord.filter(({ headers = {} }) => !Object.keys(headers).some((name) => name in {}));
const placed = fc.record({
  parts: record,
  offsetDelta: fc.nat({ max: 1_000_000 }),
  timestampDelta: fc.oneof(
    fc.nat({ max: 10_000 }),
    fc.maxSafeInteger().map((n) => Math.trunc(n / 4)),
  ),
});
const batch: fc.Arbitrary<BatchParts> = fc.record({
  firstOffset: usual,
  firstTimestamp: usual,
  maxTimestamp: fc.oneof(usual, long),
  producerId: fc.oneof(usual, long),
  attributes: fc
    .record({ gzip: fc.boolean(), logAppendTime: fc.boolean(), other: fc.constantFrom(0, 0x10, 0x20, 0x30) })
    .map(({ gzip, logAppendTime, other }) => (gzip ? 1 : 0) + (logAppendTime ? 8 : 0) + other),
  records: fc.array(
    placed.map(({ parts, ...place }) => ({ ...parts, ...place })),
    { maxLength: 4 },
  ),
});

function answerOf(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([Buffer.from('before'), size, bytes, Buffer.from('behind')]);
}

async function decoded(decode: typeof decodeMessages, answer: Buffer): Promise<unknown> {
  const decoder = new Decoder(answer);
  decoder.offset = 'before'.length;
  const records = await decode(decoder);
  return { records: records.map(plainOf), offset: decoder.offset };
}

/** What somebody looks at of a record; values of headers as texts. */
function plainOf(record: object): unknown {
  const { offset, timestamp, key, value, headers, attributes, magicByte, isControlRecord, batchContext } =
    record as Record<string, unknown>;
  const { producerId, inTransaction } = (batchContext ?? {}) as Record<string, unknown>;
  const text = (one: unknown): unknown => (Buffer.isBuffer(one) ? one.toString('utf8') : one);
  const texts = Object.entries(headers ?? {}).map(([name, values]: readonly [string, unknown]) => [
    name,
    Array.isArray(values) ? values.map(text) : text(values),
  ]);
  return { offset, timestamp, key, value, texts, attributes, magicByte, isControlRecord, producerId, inTransaction };
}

describe('the records of a fetched partition', () => {
  it('are those that kafkajs reads, of whole batches and before one that is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 3 }), fc.nat({ max: 400 }), async (batches, cut) => {
        const bytes = Buffer.concat(batches.map((parts) => bytesOfBatch(parts, gzipSync)));
        for (const some of [bytes, bytes.subarray(0, Math.max(17, bytes.length - cut))]) {
          if (some.length < 17 && some.length > 0) continue;
          expect(await decoded(decodeMessages, answerOf(some))).toEqual(await decoded(kafkajsDecode, answerOf(some)));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('have a header that stands there several times as kafkajs has it', async () => {
    for (const name of ['h', 'é', '']) {
      const headers = { [name]: ['first', Buffer.from([0xff, 0x41]), 'third'] };
      const parts = { firstOffset: 0n, firstTimestamp: 0n, maxTimestamp: 0n, producerId: -1n, attributes: 0 };
      const answer = answerOf(bytesOfBatch({ ...parts, records: [{ key: 'k', value: null, headers }] }));

      expect(await decoded(decodeMessages, answer)).toEqual(await decoded(kafkajsDecode, answer));
    }
  });

  it('are none where their bytes are not all there', async () => {
    const answer = answerOf(Buffer.alloc(100)).subarray(0, 50);

    expect(await decoded(decodeMessages, answer)).toEqual(await decoded(kafkajsDecode, answer));
  });

  it('are read by kafkajs where they are messages of a broker from before record batches', async () => {
    const entries = [1, 2].map((offset) => ({ offset, key: `k${offset}`, value: `v${offset}`, timestamp: 5 }));
    const answer = answerOf(MessageSet({ messageVersion: 1, entries }).buffer);

    const found = await decoded(decodeMessages, answer);

    expect(found).toEqual(await decoded(kafkajsDecode, answer));
    expect(found).toMatchObject({ records: [{ key: Buffer.from('k1') }, { key: Buffer.from('k2') }] });
  });
});
