import { trace } from '@opentelemetry/api';
import { TrunklineError } from '@trunkline/core';
import type { OutgoingRecord, Publisher } from '@trunkline/kafka';

/** The publishing port in memory: what was acknowledged, and failures on demand. */
export interface MemoryPublisher extends Publisher {
  readonly published: OutgoingRecord[];
  /** The span in whose context each call was made; undefined without a tracer. */
  readonly activeSpanIds: (string | undefined)[];
  /** The next so many calls are refused as if the broker were away. */
  refuse(calls: number): void;
  /** Records above this are refused for good. */
  maxRecordBytes: number;
}

export function createMemoryPublisher(): MemoryPublisher {
  let refusals = 0;
  const publisher: MemoryPublisher = {
    published: [],
    activeSpanIds: [],
    maxRecordBytes: Number.MAX_SAFE_INTEGER,
    refuse(calls) {
      refusals = calls;
    },
    async publish(records) {
      publisher.activeSpanIds.push(trace.getActiveSpan()?.spanContext().spanId);
      await Promise.resolve();
      if (refusals > 0) {
        refusals -= 1;
        throw new TrunklineError('publish_unavailable', 'no broker');
      }
      if (records.some((record) => sizeOf(record) > publisher.maxRecordBytes)) {
        throw new TrunklineError('payload_too_large', 'a record is too large');
      }
      publisher.published.push(...records);
    },
    state: () => 'ready',
    waitingBytes: () => 0,
    close: () => Promise.resolve(),
  };
  return publisher;
}

function sizeOf(record: OutgoingRecord): number {
  return (record.value?.length ?? 0) + Buffer.byteLength(JSON.stringify(record.headers));
}
