import { createRequire } from 'node:module';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BatchContext, decodeRecord } from './record-decoder.ts';
import { measureRecord, type RecordParts } from './record-encoder.ts';
import { originalOf } from './testing/original.ts';
import { anyRecord } from './testing/records.ts';

// Internal to kafkajs, so there are no types for them.
const Decoder = createRequire(import.meta.url)('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => {
  readonly buffer: Buffer;
};
const kafkajsDecode = originalOf('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: InstanceType<typeof Decoder>,
  batchContext: BatchContext,
) => Decoded;

interface Decoded {
  readonly headers: object;
}

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const usual = fc.constantFrom('0', '-1', '1764400000000', '9007199254740991', '9007199254740993');
const contexts: fc.Arbitrary<BatchContext> = fc.record({
  firstOffset: fc.oneof(usual, long),
  firstTimestamp: fc.oneof(usual, long),
  maxTimestamp: fc.oneof(usual, long),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
  timestampType: fc.constantFrom(0, 1),
});

/** A record without the length before it, as the decoder gets it. */
function bodyOf(parts: RecordParts): Buffer {
  const record = measureRecord(parts);
  const bytes = Buffer.alloc(record.size);
  record.writeTo(bytes, 0);
  let lengthBytes = 1;
  while ((bytes[lengthBytes - 1] ?? 0) > 0x7f) lengthBytes += 1;
  return bytes.subarray(lengthBytes);
}

function withTexts(record: Decoded): unknown {
  const text = (value: unknown): unknown => (Buffer.isBuffer(value) ? value.toString('utf8') : value);
  const headers = Object.entries(record.headers).map(([name, value]: readonly [string, unknown]) => [
    name,
    Array.isArray(value) ? value.map(text) : text(value),
  ]);
  return { ...record, headers };
}

describe('the record decoder', () => {
  it('reads any record as kafkajs does', () => {
    // Other names kafkajs does not read right: see below.
    const parts = anyRecord.filter(({ headers = {} }) => !Object.keys(headers).some((name) => name in {}));
    const placed = fc.record({
      parts,
      offsetDelta: fc.nat({ max: 1_000_000 }),
      timestampDelta: fc.oneof(
        fc.nat({ max: 10_000 }),
        fc.maxSafeInteger().map((n) => Math.trunc(n / 4)),
      ),
    });
    fc.assert(
      fc.property(placed, contexts, ({ parts, ...place }, context) => {
        const body = bodyOf({ ...parts, ...place });
        const { ...ours } = decodeRecord(new Decoder(body), context);
        const { headers, headerBytes } = decodeRecord(new Decoder(body), context);

        expect(withTexts({ ...ours, headers })).toEqual(withTexts(kafkajsDecode(new Decoder(body), context)));
        expect(headerBytes).toBeLessThan(body.length);
      }),
      { numRuns: 300 },
    );
  });

  it('reads of some headers what it reads of them among all, and of one that stands there several times the first value', () => {
    fc.assert(
      fc.property(anyRecord, fc.array(fc.nat({ max: 25 })), (parts, chosen) => {
        const record = decodeRecord({ buffer: bodyOf(parts) }, context);
        const all = Object.entries(record.headers).filter(([name]) => !(name in {}));
        const wanted = new Set([...chosen.flatMap((index) => all[index]?.[0] ?? []), 'nobody has it']);
        const expected = all.flatMap(([name, values]) => {
          const value = [values].flat()[0] ?? null;
          return wanted.has(name) && value !== null ? [[name, value]] : [];
        });

        expect(record.headersNamed(wanted)).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  it('reads a header that stands there several times as kafkajs does', () => {
    for (const name of ['h', 'é', '']) {
      const body = bodyOf({
        key: 'k',
        value: null,
        headers: { [name]: ['first', Buffer.from([0xff, 0x41]), 'third'] },
      });

      expect(withTexts({ headers: decodeRecord({ buffer: body }, context).headers })).toEqual(
        withTexts({ headers: kafkajsDecode(new Decoder(body), context).headers }),
      );
    }
  });

  it('reads a header whose name means something to an object, too, which kafkajs takes for a second one', () => {
    for (const name of ['__proto__', 'constructor']) {
      const body = bodyOf({ key: null, value: null, headers: Object.fromEntries([[name, 'text']]) });

      expect(Object.entries(decodeRecord({ buffer: body }, context).headers)).toEqual([[name, 'text']]);
    }
  });

  it('tells names apart that have one hash', () => {
    // 31 × "A" + "a" = 31 × "B" + "B"
    const body = bodyOf({ key: null, value: null, headers: { Aa: '1', BB: '2' } });

    expect(decodeRecord({ buffer: body }, context).headers).toEqual({ Aa: '1', BB: '2' });
  });
});

const context: BatchContext = { firstOffset: '7', firstTimestamp: '1764400000000' };
