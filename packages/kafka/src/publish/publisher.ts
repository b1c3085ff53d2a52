import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { OutgoingRecord, Publisher } from '../ports.ts';
import { startSendSpans } from '../tracing.ts';
import { Batcher, type BatchLimits } from './batcher.ts';
import { ProducerSession, type SessionEvent } from './producer-session.ts';

export type PublisherEvent = SessionEvent;

export interface PublisherLimits extends Omit<BatchLimits, 'maxRecordBytes'> {
  /** One limit, or one per topic: `recordLimits(plan)`. */
  readonly maxRecordBytes: number | ((topic: string) => number);
}

export interface PublisherOptions {
  readonly limits?: Partial<PublisherLimits>;
  readonly onEvent?: (event: PublisherEvent) => void;
}

export const defaultPublisherLimits: PublisherLimits = {
  maxWaitingBytes: 64 * 1024 * 1024,
  maxBatchRecords: 500,
  // Below the 1 MiB a broker takes by default, whichever partition all of it goes to.
  maxBatchBytes: 900 * 1024,
  lingerMs: 3,
  maxRecordBytes: 1024 * 1024,
};

/**
 * Creates the publisher and waits for its first attempt to connect. A broker that is away is no reason to fail:
 * the publisher then says so by its state and keeps trying.
 */
export async function createPublisher(connection: KafkaConnection, options: PublisherOptions = {}): Promise<Publisher> {
  const { maxRecordBytes, ...limits } = { ...defaultPublisherLimits, ...options.limits };
  const session = new ProducerSession(connection, options.onEvent ?? (() => undefined));
  const batcher = new Batcher(
    { ...limits, maxRecordBytes: typeof maxRecordBytes === 'number' ? () => maxRecordBytes : maxRecordBytes },
    (records) => session.send(records),
  );
  await session.begin();

  async function publish(
    records: readonly OutgoingRecord[],
    publishOptions: Parameters<Publisher['publish']>[1],
  ): Promise<void> {
    const spans = startSendSpans(records);
    try {
      await batcher.publish(spans.records, publishOptions);
      spans.end();
    } catch (error) {
      spans.end(error);
      throw error;
    }
  }

  return {
    publish,
    state: () => session.state,
    waitingBytes: () => batcher.waitingBytes,
    close: async ({ deadlineMs }) => {
      await batcher.close(deadlineMs);
      await session.close();
    },
  };
}
