import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Metadata, metadataResponse, PartlyProduced, produceResponse, type ResponseReader } from './responses.ts';
import { originalOf } from './testing/original.ts';

// Internal to kafkajs, so there are no types for them; ours have the same contracts.
const kafkajsMetadata = originalOf('kafkajs/src/protocol/requests/metadata/v6/response.js') as typeof metadataResponse;
const kafkajsProduce = originalOf('kafkajs/src/protocol/requests/produce/v7/response.js') as typeof produceResponse;

const leaderNotAvailable = 5;
const unknownTopic = 3;
const notLeader = 6;

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bytesOf = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const short = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const text = (value: string): Buffer => bytesOf(short(Buffer.byteLength(value)), Buffer.from(value));
const list = (items: readonly Buffer[]): Buffer => bytesOf(int(items.length), ...items);

const name = fc.string({ unit: 'binary', maxLength: 20 });
const partitionMetadata = fc
  .tuple(fc.constantFrom(0, leaderNotAvailable), int32, int32, fc.array(int32, { maxLength: 3 }))
  .map(([error, partition, leader, replicas]) =>
    bytesOf(short(error), int(partition), int(leader), list(replicas.map(int)), list([]), list(replicas.map(int))),
  );
const topicMetadata = fc
  .tuple(fc.constantFrom(0, unknownTopic), name, fc.array(partitionMetadata, { maxLength: 4 }))
  .map(([error, topic, partitions]) => bytesOf(short(error), text(topic), Buffer.from([0]), list(partitions)));
const broker = fc
  .tuple(int32, name, int32)
  .map(([id, host, port]) => bytesOf(int(id), text(host), int(port), short(-1)));
const anyMetadata = fc
  .tuple(int32, fc.array(broker, { maxLength: 3 }), name, int32, fc.array(topicMetadata, { maxLength: 3 }))
  .map(([throttleMs, brokers, cluster, controller, topics]) =>
    bytesOf(int(throttleMs), list(brokers), text(cluster), int(controller), list(topics)),
  );
const partitionProduced = fc
  .tuple(int32, fc.constantFrom(0, 0, 0, notLeader))
  .map(([partition, error]) => bytesOf(int(partition), short(error), Buffer.alloc(24, 1)));
const anyProduced = fc
  .tuple(fc.array(fc.tuple(name, fc.array(partitionProduced, { maxLength: 4 })), { maxLength: 3 }), int32)
  .map(([topics, throttleMs]) =>
    bytesOf(list(topics.map(([topic, partitions]) => bytesOf(text(topic), list(partitions)))), int(throttleMs)),
  );

/** What a reader makes of the bytes: the answer or the type of the error. */
async function readBy<T>(reader: ResponseReader<T>, bytes: Buffer): Promise<unknown> {
  const answer = await reader.decode(bytes);
  return reader.parse(answer).catch((error: unknown) => String(error));
}

/** Of an error as text. */
function nameOf(text: unknown): string | undefined {
  return String(text).split(':', 1)[0];
}

describe('the metadata of topics', () => {
  it('are read as kafkajs reads them, from any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(anyMetadata, async (bytes) => {
        expect(await metadataResponse.decode(bytes)).toEqual(await kafkajsMetadata.decode(bytes));
      }),
    );
  });

  it('are refused where kafkajs refuses them, but for a partition without a leader', async () => {
    await fc.assert(
      fc.asyncProperty(anyMetadata, async (bytes) => {
        const ours = await readBy(metadataResponse, bytes);
        const theirs = await readBy(kafkajsMetadata, bytes);

        const isForOnePartition = String(theirs).includes('leadership election');
        expect(ours).toEqual(isForOnePartition ? await metadataResponse.decode(bytes) : theirs);
      }),
    );
  });

  it('tell of a partition without a leader and of its neighbours', async () => {
    const answer: Metadata = {
      topicMetadata: [
        {
          topicErrorCode: 0,
          topic: 't',
          partitionMetadata: [
            { partitionErrorCode: 0, partitionId: 0, leader: 1 },
            { partitionErrorCode: leaderNotAvailable, partitionId: 1, leader: -1 },
          ],
        },
      ],
    };

    await expect(metadataResponse.parse(answer)).resolves.toBe(answer);
    await expect(kafkajsMetadata.parse(answer)).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  });
});

describe('the answer to a produce request', () => {
  it('is read as kafkajs reads it, from any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(anyProduced, async (bytes) => {
        expect(await produceResponse.decode(bytes)).toEqual(await kafkajsProduce.decode(bytes));
      }),
    );
  });

  it('is an error wherever it is one for kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(anyProduced, async (bytes) => {
        const ours = await readBy(produceResponse, bytes);
        const theirs = await readBy(kafkajsProduce, bytes);

        const isPartly = String(ours).startsWith('PartlyProduced');
        expect(isPartly ? 'KafkaJSProtocolError' : ours).toEqual(isPartly ? nameOf(theirs) : theirs);
      }),
    );
  });

  it('says which partitions are stored when others are not', async () => {
    const stored = { partition: 0, errorCode: 0 };
    const failed = { partition: 1, errorCode: notLeader };

    const partly = produceResponse.parse({ topics: [{ topicName: 't', partitions: [stored, failed] }] });
    const wholly = produceResponse.parse({ topics: [{ topicName: 't', partitions: [failed] }] });

    await expect(partly).rejects.toBeInstanceOf(PartlyProduced);
    await expect(partly).rejects.toMatchObject({
      retriable: false,
      parts: [
        { topic: 't', partition: 0 },
        { topic: 't', partition: 1, error: { type: 'NOT_LEADER_FOR_PARTITION' } },
      ],
    });
    await expect(wholly).rejects.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION', retriable: true });
  });
});
