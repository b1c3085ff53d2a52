import { type EventId, TrunklineError } from '@trunkline/core';
import { type DomainTopic, type EventTypeOf, type RecordOf, typeRank } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

/** How a record came to this group. */
export type Via = 'main' | 'retry' | 'redrive';

/** A decoded and checked event, as a handler sees it. */
export interface ConsumedEvent<T extends DomainTopic = DomainTopic> {
  readonly record: RecordOf<T>;
  readonly eventId: EventId;
  readonly type: EventTypeOf<T>;
  /** When the event was first appended to its domain topic, epoch milliseconds. */
  readonly firstAppendMs: number;
  /** 1 for the first run since the last redrive. */
  readonly attempt: number;
  readonly via: Via;
}

export interface BatchOutcome {
  /** Events older than the state they would have changed; all others were applied. */
  readonly stale: readonly EventId[];
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

/** A handler whose topic is no longer part of its type, so that a group can list several. */
export interface RegisteredHandler {
  readonly name: string;
  readonly topic: DomainTopic;
  readonly types: readonly string[];
  run(events: readonly ConsumedEvent[], tx: Transaction): Promise<BatchOutcome>;
}

/** Makes a handler ready for a group's list. */
export function defineHandler<T extends DomainTopic>(handler: Handler<T>): RegisteredHandler {
  return {
    name: handler.name,
    topic: handler.topic,
    types: handler.types,
    run: (events, tx) => {
      // The group hands a handler events of its own topic only, and the codec decoded them by that topic's schema.
      const own = events as readonly ConsumedEvent<T>[];
      return 'handleBatch' in handler ? handler.handleBatch(own, tx) : oneByOne(handler, own, tx);
    },
  };
}

async function oneByOne<T extends DomainTopic>(
  handler: EventHandler<T>,
  events: readonly ConsumedEvent<T>[],
  tx: Transaction,
): Promise<BatchOutcome> {
  const stale: EventId[] = [];
  for (const event of events) if ((await handler.handle(event, tx)) === 'stale') stale.push(event.eventId);
  return { stale };
}

/** Which handler an event goes to. */
export interface HandlerTable {
  readonly topics: readonly DomainTopic[];
  find(topic: DomainTopic, type: string): RegisteredHandler | undefined;
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
