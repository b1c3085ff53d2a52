import { createRequire } from 'node:module';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { installRecordEncoder } from './record-encoder-patch.ts';
import { encodeRecord, type RecordParts } from './record-encoder.ts';
import { patchedVersion } from './timer-patch.ts';

const load = createRequire(import.meta.url);
// Taken before the patch replaces it. The module is internal to kafkajs, so there is no type for it.
const kafkajsRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (parts: RecordParts) => {
  readonly buffer: Buffer;
};

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 80 });
const field = fc.oneof(bytes, text);
const record = fc.record({
  key: fc.oneof(field, fc.constant(null)),
  value: fc.oneof(field, fc.constant(null)),
  headers: fc.dictionary(text, fc.oneof(field, fc.array(field, { maxLength: 3 })), { maxKeys: 20 }),
  offsetDelta: fc.nat({ max: 1_000_000 }),
  timestampDelta: fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
});

describe('the record encoder', () => {
  it('was written for the installed release: review it when this fails', () => {
    expect(load('kafkajs/package.json')).toMatchObject({ version: patchedVersion });
  });

  it('writes any record as kafkajs does, to the byte', () => {
    fc.assert(
      fc.property(record, (parts) => {
        expect(encodeRecord(parts).buffer).toEqual(kafkajsRecord(parts).buffer);
      }),
      { numRuns: 300 },
    );
  });

  it('writes lengths that need more than one byte as kafkajs does', () => {
    for (const length of [0, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]) {
      const parts = { key: 'k', value: Buffer.alloc(length, 7), headers: { h: 'v' }, offsetDelta: length };

      expect(encodeRecord(parts).buffer.equals(kafkajsRecord(parts).buffer), `length ${length}`).toBe(true);
    }
  });

  it('is what kafkajs takes to write a produce request', () => {
    const first = installRecordEncoder();

    expect(first).toBe('installed');
    expect(installRecordEncoder()).toBe('already_installed');
    expect(load('kafkajs/src/protocol/recordBatch/record/v0/index.js')).toBe(encodeRecord);
  });
});
