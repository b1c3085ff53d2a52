import { context } from '@opentelemetry/api';
import { classify, dispositionOf, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import type { OutgoingRecord, ProcessSpan, Publisher } from '@trunkline/kafka';

import type { Pause } from '../safety/pause.ts';

export interface CopyPublisher {
  /**
   * Resolves only when the copy is acknowledged: the record's offset may be committed then. While it cannot be published
   * the group is paused. A copy may arrive twice, so readers dedupe by (group, event id).
   */
  publish(record: OutgoingRecord, span: ProcessSpan, signal: AbortSignal): Promise<void>;
}

export interface CopyPublisherOptions {
  readonly publisher: Publisher;
  readonly pause: Pause;
  readonly deadlineMs: number;
}

export function createCopyPublisher({ publisher, pause, deadlineMs }: CopyPublisherOptions): CopyPublisher {
  /** As a child of the attempt's span, so that the next attempt is part of its trace. */
  async function tryOnce(record: OutgoingRecord, span: ProcessSpan, signal: AbortSignal): Promise<void> {
    try {
      await context.with(span.context, () => publisher.publish([record], { deadlineMs, signal }));
    } catch (thrown) {
      throw asOutage(thrown, record.topic);
    }
  }

  return {
    async publish(record, span, signal) {
      const attempt = async (): Promise<void> => {
        try {
          await tryOnce(record, span, signal);
        } catch (thrown) {
          if (!isTooLarge(thrown)) throw thrown;
          await tryOnce(withoutProse(record), span, signal);
        }
      };
      try {
        await attempt();
      } catch (thrown) {
        const error = classify(thrown);
        if (signal.aborted || dispositionOf(error.code) !== 'pause') throw error;
        await pause.until({ error, answers: attempt, signal });
      }
    },
  };
}

/**
 * Whatever keeps a copy from being stored, its record must not be lost: the group waits and says why. Only the topic's
 * limit (64 KiB above its source topics) could make that the record's fault, and that is for an operator to raise.
 */
function asOutage(thrown: unknown, topic: string): TrunklineError {
  const error = classify(thrown);
  if (dispositionOf(error.code) === 'pause') return error;
  return new TrunklineError('publish_unavailable', `a copy for ${topic} was not accepted: ${error.message}`, {
    cause: error,
  });
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof TrunklineError && classify(thrown.cause).code === 'payload_too_large';
}

/** The same copy without the texts that are only there to be read. */
function withoutProse(record: OutgoingRecord): OutgoingRecord {
  const {
    [headerName.exceptionStacktrace]: _stack,
    [headerName.exceptionMessage]: _message,
    ...headers
  } = record.headers;
  return { ...record, headers };
}
