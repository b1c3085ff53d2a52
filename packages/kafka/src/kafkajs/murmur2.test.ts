import { createRequire } from 'node:module';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { murmur2, partitionOf } from './murmur2.ts';

const load = createRequire(import.meta.url);
// Internal to kafkajs, so there is no type for it; nobody replaces these files.
const kafkajsMurmur2 = load('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number;

// Kafka's UtilsTest.java.
it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of %s is that of the Java client', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

it('hashes any key as kafkajs does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (array) => {
      const key = Buffer.from(array);

      expect(murmur2(key)).toBe(kafkajsMurmur2(key));
    }),
    { numRuns: 1_000 },
  );
});

it('a negative hash gives a partition that there is', () => {
  expect(partitionOf(Buffer.from('21'), 12)).toBe((-973932308 & 0x7fffffff) % 12);
});
