import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type ProduceRequest, produceRequest } from './produce-request.ts';
import { createRequest, type RequestDefinition } from './request-bytes.ts';
import { originalOf } from './testing/original.ts';
import { anyRecord } from './testing/records.ts';

// Internal to kafkajs, so there are no types for them; ours have the same contracts.
const kafkajsProduce = originalOf('kafkajs/src/protocol/requests/produce/v3/request.js') as typeof produceRequest;
const kafkajsRequest = originalOf('kafkajs/src/protocol/request.js') as typeof createRequest;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_123 });
});
afterEach(() => {
  vi.useRealTimers();
});

const partition = fc.record({
  partition: fc.nat({ max: 11 }),
  firstSequence: fc.nat(),
  messages: fc.array(anyRecord, { minLength: 1, maxLength: 8 }),
});
const topicName = fc.string({ unit: 'binary', maxLength: 40 });
const anyRequest: fc.Arbitrary<ProduceRequest> = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  transactionalId: fc.constantFrom(undefined, null, 'tx'),
  producerId: fc.oneof(fc.constant(undefined), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String)),
  producerEpoch: fc.nat({ max: 32_767 }),
  topicData: fc.array(fc.record({ topic: topicName, partitions: fc.array(partition, { maxLength: 3 }) }), {
    maxLength: 3,
  }),
});

const encoded = async (definition: RequestDefinition): Promise<Buffer> => (await definition.encode()).buffer;

describe('a produce request', () => {
  it('is written as kafkajs writes it, to the byte, for any topics and records', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        expect((await encoded(produceRequest(request))).equals(await encoded(kafkajsProduce(request)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('has the number, the version and the wish for an answer that kafkajs gives it', () => {
    for (const acks of [-1, 0]) {
      const request = { acks, timeout: 1, topicData: [] };
      const { encode: _ours, expectResponse, ...ours } = produceRequest(request);
      const { encode: _theirs, expectResponse: theirsExpects, ...theirs } = kafkajsProduce(request);

      expect(ours).toEqual(theirs);
      expect(expectResponse()).toBe(theirsExpects());
    }
  });

  it('refuses to compress rather than to send what only looks compressed', () => {
    expect(() => produceRequest({ acks: -1, timeout: 1, compression: 1, topicData: [] })).toThrow(TypeError);
  });
});

it('any request gets the head that kafkajs gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.record({
        clientId: fc.oneof(fc.constant(null), topicName),
        correlationId: fc.nat(),
        apiKey: fc.nat({ max: 70 }),
        apiVersion: fc.nat({ max: 10 }),
      }),
      async (body, { clientId, correlationId, ...head }) => {
        const buffer = Buffer.from(body);
        const request = { ...head, encode: () => Promise.resolve({ buf: buffer, buffer, size: () => buffer.length }) };

        const ours = await createRequest({ clientId, correlationId, request });
        const theirs = await kafkajsRequest({ clientId, correlationId, request });

        expect(ours.buffer.equals(theirs.buffer)).toBe(true);
        expect(ours.size()).toBe(theirs.size());
      },
    ),
  );
});
