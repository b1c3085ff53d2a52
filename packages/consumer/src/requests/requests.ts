import { type Clock, type EventId, TrunklineError, uuidOf } from '@trunkline/core';
import {
  encodeRequest,
  type EventCodec,
  type RequestPayloadOf,
  type RequestTopic,
  type RequestTypeOf,
  sealRequest,
  type TraceHeaders,
} from '@trunkline/events';
import { recordBytes } from '@trunkline/kafka';
import { addToOutbox, type OutboxRow, type Transaction } from '@trunkline/postgres';

import { type Consumed, idOf } from '../handler.ts';

/** One thing that a handler asks for. */
export interface Wish<T extends RequestTopic> {
  readonly topic: T;
  readonly type: RequestTypeOf<T>;
  /** What is being handled: the event, or the request, that makes it ask. */
  readonly event: Consumed;
  /** The handler's name, for ever: another name is another request. */
  readonly handler: string;
  /** Tells apart what is asked for because of one event: empty, a name, or `name/<id>`. */
  readonly qualifier: string;
  /** What is not said is null. */
  readonly payload: Partial<RequestPayloadOf<T>>;
}

/** How handlers ask for what happens outside of their transaction. */
export interface Requests {
  /**
   * Puts requests into the outbox, in the handler's transaction: published after its commit and at least once, or never.
   * The same wish of the same event is the same request, however often it is asked. Throws `payload_malformed` where a
   * record could not be published: a request that cannot be sent must not exist.
   */
  add<T extends RequestTopic>(tx: Transaction, wishes: readonly Wish<T>[]): Promise<void>;
}

export interface RequestsOptions {
  /** The consumer group that asks. */
  readonly group: string;
  /** Knows the topics that are asked on. */
  readonly codec: Pick<EventCodec, 'encode'>;
  /** Of the topic, as its publisher measures. */
  readonly maxRecordBytes: (topic: string) => number;
  /** Undefined: nobody can be asked for by an address. */
  readonly installationKey: Uint8Array | undefined;
  readonly clock: Clock;
}

export function createRequests(options: RequestsOptions): Requests {
  return {
    add: (tx, wishes) =>
      addToOutbox(
        tx,
        wishes.map((wish) => rowOf(wish, options)),
      ),
  };
}

function rowOf<T extends RequestTopic>(wish: Wish<T>, options: RequestsOptions): OutboxRow {
  const { topic, type, event, handler, qualifier, payload } = wish;
  const { group, codec, installationKey, clock } = options;
  const { tenantId } = event.record.metadata;
  const sealed = sealRequest(
    { topic, type, cause: idOf(event), causedBy: causeOf(event), handler, qualifier, payload },
    { tenantId, group, requestedAtMs: clock(), installationKey },
  );
  const record = encodeRequest(codec, sealed, traceOf(event));
  const bytes = recordBytes(record);
  const limit = options.maxRecordBytes(topic);
  if (bytes > limit) {
    throw new TrunklineError(
      'payload_malformed',
      `a request for ${topic} has ${bytes} bytes, the topic takes ${limit}`,
    );
  }
  return { ...record, recordId: uuidOf(sealed.requestId), tenantId };
}

/** The event that everything began with. */
function causeOf(event: Consumed): EventId {
  // Checked where the request was decoded.
  return 'requestId' in event ? (event.record.metadata.causedBy as EventId) : event.eventId;
}

/** The request goes on with the trace of what made it ask, so that it leads back to the webhook. */
function traceOf({ trace }: Consumed): TraceHeaders {
  return { traceparent: trace?.traceparent, originTraceparent: trace?.originTraceparent };
}
