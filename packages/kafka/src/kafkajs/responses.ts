/** Answers of brokers, read partition by partition: kafkajs takes an error of one partition for an error of all of them. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** How kafkajs reads the bytes of an answer, and what it then takes for an error. */
export interface ResponseReader<T> {
  readonly decode: (bytes: Buffer) => Promise<T>;
  readonly parse: (answer: T) => Promise<T>;
}

export interface Metadata {
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      /** -1 where there is none. */
      readonly leader: number;
    }[];
  }[];
}

export interface Produced {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/**
 * Metadata, version 6. A partition without a leader is told as such and is no reason to know nothing of the others; a
 * topic that does not exist, or is not ours to see, remains an error.
 */
export const metadataResponse: ResponseReader<Metadata> = {
  decode: (bytes) => decodeAs<Metadata>('kafkajs/src/protocol/requests/metadata/v5/response.js', bytes),
  parse: async (answer) => {
    for (const { topicErrorCode } of answer.topicMetadata)
      if (topicErrorCode !== 0) throw protocolError(topicErrorCode);
    return answer;
  },
};

/**
 * Produce, version 7. What failed for some partitions only is not repeated by kafkajs, which would hold up the others: it
 * comes back as `PartlyProduced`. What failed for all of them is its business, with the same sequence numbers.
 */
export const produceResponse: ResponseReader<Produced> = {
  // Version 6 is read as version 5 is, and version 7 as version 6.
  decode: (bytes) => decodeAs<Produced>('kafkajs/src/protocol/requests/produce/v5/response.js', bytes),
  parse: async (answer) => {
    const places = answer.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, errorCode }) => ({ topic: topicName, partition, errorCode })),
    );
    const failed = places.filter(({ errorCode }) => errorCode !== 0);
    const [first] = failed;
    if (first === undefined) return answer;
    if (failed.length === places.length) throw protocolError(first.errorCode);
    throw new PartlyProduced(
      places.map(({ topic, partition, errorCode }) => ({
        topic,
        partition,
        ...(errorCode === 0 ? {} : { error: protocolError(errorCode) }),
      })),
    );
  },
};

export interface ProducedPart {
  readonly topic: string;
  readonly partition: number;
  /** None where the records are stored. */
  readonly error?: unknown;
}

/** A broker has stored the records of some partitions and refused those of others. */
export class PartlyProduced extends Error {
  readonly parts: readonly ProducedPart[];
  /** So that kafkajs lets it through. */
  readonly retriable = false;

  constructor(parts: readonly ProducedPart[]) {
    super('the broker refused the records of some partitions');
    this.name = 'PartlyProduced';
    this.parts = parts;
  }
}

/** From version 6 of both on, a broker that throttles has answered before it does. */
async function decodeAs<T>(file: string, bytes: Buffer): Promise<T> {
  // Internal to kafkajs, so there are no types for it; the contract is that of the file.
  const reader = load(file) as { decode(bytes: Buffer): Promise<T & { readonly throttleTime: number }> };
  const decoded = await reader.decode(bytes);
  return { ...decoded, throttleTime: 0, clientSideThrottleTime: decoded.throttleTime };
}

function protocolError(code: number): Error {
  // As above.
  const errors = load('kafkajs/src/protocol/error.js') as { createErrorFromCode(code: number): Error };
  return errors.createErrorFromCode(code);
}
