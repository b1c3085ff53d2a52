import { createRequire } from 'node:module';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { measureRecord, type RecordParts } from './record-encoder.ts';
import { anyRecord } from './testing/records.ts';

const load = createRequire(import.meta.url);
// Internal to kafkajs, so there is no type for it; nobody replaces this file.
const kafkajsRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (parts: RecordParts) => {
  readonly buffer: Buffer;
};

function encodeRecord(parts: RecordParts): Buffer {
  const record = measureRecord(parts);
  const { size } = record;
  // Nothing may be left as it was, and nothing written beyond.
  const bytes = Buffer.alloc(size + 1, 0xaa);
  const end = record.writeTo(bytes, 0);
  expect([end, bytes[size]]).toEqual([size, 0xaa]);
  return bytes.subarray(0, size);
}

describe('the record encoder', () => {
  it('writes any record as kafkajs does, to the byte', () => {
    const placed = fc.record({
      parts: anyRecord,
      offsetDelta: fc.nat({ max: 1_000_000 }),
      timestampDelta: fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
    });

    fc.assert(
      fc.property(placed, ({ parts, ...place }) => {
        expect(encodeRecord({ ...parts, ...place })).toEqual(kafkajsRecord({ ...parts, ...place }).buffer);
      }),
      { numRuns: 300 },
    );
  });

  it('writes lengths that need more than one byte as kafkajs does', () => {
    for (const length of [0, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]) {
      const parts = { key: 'k', value: Buffer.alloc(length, 7), headers: { h: 'v' }, offsetDelta: length };

      expect(encodeRecord(parts).equals(kafkajsRecord(parts).buffer), `length ${length}`).toBe(true);
    }
  });
});
