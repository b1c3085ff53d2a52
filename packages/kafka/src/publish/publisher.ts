import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { OutgoingRecord, Publisher } from '../ports.ts';
import { startSend } from '../tracing.ts';
import { askLeaders } from './ask-leaders.ts';
import { Batcher, type BatchLimits } from './batcher.ts';
import type { SessionEvent } from './producer-session.ts';
import { Sessions } from './sessions.ts';

export type PublisherEvent = SessionEvent;

export interface PublisherLimits extends Omit<BatchLimits, 'maxRecordBytes'> {
  /** One limit, or one per topic: `recordLimits(plan)`. */
  readonly maxRecordBytes: number | ((topic: string) => number);
}

export interface PublisherOptions {
  readonly limits?: Partial<PublisherLimits>;
  readonly onEvent?: (event: PublisherEvent) => void;
}

const defaultPublisherLimits: PublisherLimits = {
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
  const sessions = new Sessions(connection, options.onEvent ?? (() => undefined));
  const batcher = new Batcher(
    { ...limits, maxRecordBytes: typeof maxRecordBytes === 'number' ? () => maxRecordBytes : maxRecordBytes },
    { ask: (topics) => askLeaders(connection, topics), open: (leader) => sessions.of(leader) },
  );
  await sessions.begin();

  async function publish(
    records: readonly OutgoingRecord[],
    publishOptions: Parameters<Publisher['publish']>[1],
  ): Promise<void> {
    const send = startSend(records);
    try {
      await batcher.publish(send.records, publishOptions);
      send.end();
    } catch (error) {
      send.end(error);
      throw error;
    }
  }

  return {
    publish,
    state: () => sessions.state(batcher.leadersInUse()),
    waitingBytes: () => batcher.waitingBytes,
    close: async ({ deadlineMs }) => {
      await batcher.close(deadlineMs);
      await sessions.close();
    },
  };
}
