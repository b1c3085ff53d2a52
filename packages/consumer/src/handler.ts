import { type EventId, type RecordId, type RequestId, TrunklineError } from '@trunkline/core';
import {
  type ConsumedTopic,
  type DomainTopic,
  type EventTypeOf,
  type RecordOf,
  type RequestTopic,
  type RequestTypeOf,
  typeRank,
} from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

import type { OnDead, Ordering } from './strict/ordering.ts';

/** How a record came to this group. */
export type Via = 'main' | 'retry' | 'redrive';

/** How a record came, whatever it says. */
interface Received {
  /** Its key (docs/records.md, "Entities and keys"); empty without one. */
  readonly key: string;
  /** When it was first appended to its topic, epoch milliseconds. */
  readonly firstAppendMs: number;
  /** 1 for the first run since the last redrive. */
  readonly attempt: number;
  readonly via: Via;
  readonly trace?: RecordTrace;
}

/** The trace headers of a record: what is asked because of it goes on with them. */
export interface RecordTrace {
  readonly traceparent: string | undefined;
  readonly originTraceparent: string | undefined;
}

/** A decoded and checked event, as a handler sees it. */
export interface ConsumedEvent<T extends DomainTopic = DomainTopic> extends Received {
  readonly record: RecordOf<T>;
  readonly eventId: EventId;
  readonly type: EventTypeOf<T>;
}

/** A decoded and checked request, as a handler sees it. */
export interface ConsumedRequest<T extends RequestTopic = RequestTopic> extends Received {
  readonly record: RecordOf<T>;
  readonly requestId: RequestId;
  readonly type: RequestTypeOf<T>;
}

export type Consumed = ConsumedEvent | ConsumedRequest;

/** What the inbox knows it by. */
export function idOf(consumed: Consumed): RecordId {
  return 'requestId' in consumed ? consumed.requestId : consumed.eventId;
}

export interface BatchOutcome {
  /** Events older than the state they would have changed; all others were applied. */
  readonly stale: readonly RecordId[];
  /**
   * Called when the transaction is committed, and may not throw. A hint to whoever waits for what it wrote: a process that
   * dies before, or loses the connection during COMMIT, calls it never.
   */
  readonly onCommitted?: () => void;
}

interface HandlerBase<T extends DomainTopic> {
  /** For logs; unique in the group. */
  readonly name: string;
  readonly topic: T;
  readonly types: readonly EventTypeOf<T>[];
}

/**
 * Code for some event types of one topic. It may see an event late and after a newer one, and may run again when its
 * transaction did not commit; it never sees an event again whose transaction did. All effects go through `tx`, which
 * shows the rows of the batch's tenants: every statement names the tenant.
 */
export type Handler<T extends DomainTopic> = BatchHandler<T> | EventHandler<T>;

export interface BatchHandler<T extends DomainTopic> extends HandlerBase<T> {
  /** The events have distinct ids and stand in the order of their partition. */
  handleBatch(events: readonly ConsumedEvent<T>[], tx: Transaction): Promise<BatchOutcome>;
}

export interface EventHandler<T extends DomainTopic> extends HandlerBase<T> {
  handle(event: ConsumedEvent<T>, tx: Transaction): Promise<'applied' | 'stale'>;
}

/** Code for some types of one topic of requests. What holds for a handler of events holds for it. */
export type RequestHandler<T extends RequestTopic> = {
  readonly name: string;
  readonly topic: T;
  readonly types: readonly RequestTypeOf<T>[];
} & Runnable<ConsumedRequest<T>>;

/** Either kind of handler, as far as it is run. */
type Runnable<C extends Consumed> =
  | { handleBatch(consumed: readonly C[], tx: Transaction): Promise<BatchOutcome> }
  | { handle(consumed: C, tx: Transaction): Promise<'applied' | 'stale'> };

/** A handler whose topic is no longer part of its type, so that a group can list several. */
export interface RegisteredHandler {
  readonly name: string;
  readonly topic: ConsumedTopic;
  readonly types: readonly string[];
  /** Undefined: its events are kept in no order. */
  readonly onDead?: OnDead;
  run(consumed: readonly Consumed[], tx: Transaction): Promise<BatchOutcome>;
}

/** Makes a handler ready for a group's list; with an ordering, the events of a key stay in order when one of them fails. */
export function defineHandler<T extends DomainTopic>(handler: Handler<T>, ordering?: Ordering): RegisteredHandler {
  return registered<ConsumedEvent<T>>(handler, ordering);
}

/** The same of a handler of requests. */
export function defineRequestHandler<T extends RequestTopic>(
  handler: RequestHandler<T>,
  ordering?: Ordering,
): RegisteredHandler {
  return registered<ConsumedRequest<T>>(handler, ordering);
}

function registered<C extends Consumed>(
  handler: Pick<RegisteredHandler, 'name' | 'topic' | 'types'> & Runnable<C>,
  ordering: Ordering | undefined,
): RegisteredHandler {
  return {
    name: handler.name,
    topic: handler.topic,
    types: handler.types,
    ...(ordering === undefined ? {} : { onDead: ordering.onDead ?? 'hold' }),
    // The group hands a handler records of its own topic only, and the codec decoded them by that topic's schema.
    run: (consumed, tx) => runBatch(handler, consumed as readonly C[], tx),
  };
}

/** Runs either kind of handler on a batch. */
export async function runBatch<C extends Consumed>(
  handler: Runnable<C>,
  consumed: readonly C[],
  tx: Transaction,
): Promise<BatchOutcome> {
  if ('handleBatch' in handler) return await handler.handleBatch(consumed, tx);
  const stale: RecordId[] = [];
  for (const one of consumed) if ((await handler.handle(one, tx)) === 'stale') stale.push(idOf(one));
  return { stale };
}

/** Which handler an event goes to. */
export interface HandlerTable {
  readonly topics: readonly ConsumedTopic[];
  find(topic: ConsumedTopic, type: string): RegisteredHandler | undefined;
}

/** Throws `config_invalid` where two handlers claim one type, or a handler claims a type its topic does not carry. */
export function handlerTable(handlers: readonly RegisteredHandler[]): HandlerTable {
  const table = new Map<string, RegisteredHandler>();
  for (const handler of handlers) {
    for (const type of handler.types) {
      if (typeRank(handler.topic, type) === undefined) {
        throw new TrunklineError('config_invalid', `handler ${handler.name}: ${handler.topic} carries no ${type}`);
      }
      const taken = table.get(type);
      if (taken !== undefined) {
        throw new TrunklineError('config_invalid', `handlers ${taken.name} and ${handler.name} both claim ${type}`);
      }
      table.set(type, handler);
    }
  }
  if (table.size === 0) throw new TrunklineError('config_invalid', 'a consumer group needs a handler');
  return {
    topics: [...new Set(handlers.map(({ topic }) => topic))],
    // An event type belongs to one topic, so the type decides; the topic is compared for the sake of odd records.
    find: (topic, type) => (table.get(type)?.topic === topic ? table.get(type) : undefined),
  };
}
