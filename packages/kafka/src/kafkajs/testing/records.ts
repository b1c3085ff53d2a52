import fc from 'fast-check';

import type { RecordParts } from '../record-encoder.ts';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 80 });
const field = fc.oneof(bytes, text);

/** Key, value and headers of any record that kafkajs takes. */
export const anyRecord: fc.Arbitrary<Pick<RecordParts, 'key' | 'value' | 'headers'>> = fc.record({
  key: fc.oneof(field, fc.constant(null)),
  value: fc.oneof(field, fc.constant(null)),
  headers: fc.dictionary(text, fc.oneof(field, fc.array(field, { maxLength: 3 })), { maxKeys: 20 }),
});
