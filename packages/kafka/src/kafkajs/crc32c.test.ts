import { createRequire } from 'node:module';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { crc32c } from './crc32c.ts';

const load = createRequire(import.meta.url);
// Internal to kafkajs, so there is no type for it; nobody replaces this file.
const kafkajsCrc32c = load('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;

it('the checksum of the digits 1 to 9 is the check value of CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

it('checksums any bytes as kafkajs does, from any place on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat({ max: 40 }), (array, from) => {
      const bytes = Buffer.from(array);
      const start = Math.min(from, bytes.length);

      expect(crc32c(bytes, start)).toBe(kafkajsCrc32c(bytes.subarray(start)));
    }),
  );
});
