import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BatchContext, type DecodedRecord, readRecords } from './record-decoder.ts';
import { measureRecord, type RecordParts } from './record-encoder.ts';
import { anyRecord } from './testing/records.ts';

const context: BatchContext = {
  use: undefined,
  firstOffset: 7n,
  firstTimestamp: 1_764_400_000_000n,
  maxTimestamp: 0n,
  isLogAppendTime: false,
  inTransaction: false,
  isControlBatch: false,
  producerId: '-1',
};

// That records are what kafkajs reads of their bytes: fetched-records.test.ts.
function recordOf(parts: RecordParts): DecodedRecord {
  const measured = measureRecord(parts);
  const bytes = Buffer.alloc(measured.size);
  measured.writeTo(bytes, 0);
  const records: DecodedRecord[] = [];
  readRecords(bytes, { count: 1, context, records });
  const [record] = records;
  if (record === undefined) throw new Error('there is no record');
  return record;
}

describe('the record decoder', () => {
  it('reads of some headers what it reads of them among all, and of one that stands there several times the first value', () => {
    fc.assert(
      fc.property(anyRecord, fc.array(fc.nat({ max: 25 })), (parts, chosen) => {
        const record = recordOf(parts);
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

  it('knows how many bytes key, value and headers have', () => {
    fc.assert(
      fc.property(anyRecord, (parts) => {
        const record = recordOf(parts);
        const none = recordOf({ ...parts, key: null, value: null });

        expect(record.sizeBytes - none.sizeBytes).toBe((record.key?.length ?? 0) + (record.value?.length ?? 0));
        expect(none.sizeBytes).toBeGreaterThan(0);
      }),
    );
  });

  it('reads a header whose name means something to an object, too, which kafkajs takes for a second one', () => {
    for (const name of ['__proto__', 'constructor']) {
      const record = recordOf({ key: null, value: null, headers: Object.fromEntries([[name, 'text']]) });

      expect(Object.entries(record.headers)).toEqual([[name, 'text']]);
    }
  });

  it('tells names apart that have one hash', () => {
    // 31 × "A" + "a" = 31 × "B" + "B"
    const record = recordOf({ key: null, value: null, headers: { Aa: '1', BB: '2' } });

    expect(record.headers).toEqual({ Aa: '1', BB: '2' });
  });
});
