import { classify, dispositionOf, failpoint, type RecordId, TrunklineError, uuidOf } from '@trunkline/core';
import {
  claimEvents,
  type Database,
  hasAddedToOutbox,
  type InboxEntry,
  markStale,
  type Transaction,
} from '@trunkline/postgres';

import { type BatchOutcome, type Consumed, idOf, type RegisteredHandler } from '../handler.ts';
import { keepBack, type KeepBackOptions, type OrderedEvent } from '../strict/keep-back.ts';

/** An event or a request on its way into a transaction. */
export interface Applicable {
  readonly event: Consumed;
  readonly entry: InboxEntry;
  readonly handler: RegisteredHandler;
  /** Where its key is kept in order. */
  readonly ordered?: OrderedEvent;
}

/** `duplicate`: its effect was there before. `parked`: it is written down and waits for those before it of its key. */
export type EffectOutcome = 'applied' | 'stale' | 'duplicate' | 'parked';

export interface ApplyOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** The transaction is committed, and has added to the outbox. */
  readonly onAsked?: () => void;
  /** Needed where events are kept in order. */
  readonly keepBack?: KeepBackOptions;
}

/**
 * Exactly-once in effect: the ids are claimed in the inbox, the handlers of those that were new run, and everything
 * commits together or not at all. The events have distinct ids. May be repeated after any failure.
 */
export async function applyEvents(
  database: Database,
  items: readonly Applicable[],
  options: ApplyOptions,
): Promise<ReadonlyMap<RecordId, EffectOutcome>> {
  failpoint('consumer.before_effect');
  const { outcomes, onCommitted, hasAsked } = await database.transaction(
    items.map(({ entry }) => entry.tenantId),
    async (tx) => {
      const kept = await keepBack(
        tx,
        items.flatMap(({ ordered }) => ordered ?? []),
        options.keepBack ?? withoutLimit,
      );
      const open = kept.size === 0 ? items : items.filter(({ entry }) => !kept.has(uuidOf(entry.eventId)));
      const claimed = await claimEvents(
        tx,
        open.map(({ entry }) => entry),
      );
      const { stale, onCommitted: hints } = await runHandlers(
        open.filter(({ entry }) => claimed.has(entry.eventId)),
        tx,
      );
      await markStale(tx, [...stale]);
      failpoint('consumer.after_effect');
      return {
        outcomes: new Map(
          items.map(({ entry: { eventId } }) => [
            eventId,
            kept.get(uuidOf(eventId)) ?? outcomeOf(eventId, claimed, stale),
          ]),
        ),
        onCommitted: hints,
        hasAsked: hasAddedToOutbox(tx),
      };
    },
    options,
  );
  failpoint('consumer.after_commit');
  for (const tell of onCommitted) tell();
  if (hasAsked) options.onAsked?.();
  return outcomes;
}

const withoutLimit: KeepBackOptions = { parkedPerKey: Number.MAX_SAFE_INTEGER, nowMs: 0 };

/** Of all handlers of a transaction. */
interface HandlersOutcome {
  readonly stale: ReadonlySet<RecordId>;
  readonly onCommitted: readonly (() => void)[];
}

/** One handler after the other: they share the transaction. */
async function runHandlers(items: readonly Applicable[], tx: Transaction): Promise<HandlersOutcome> {
  const stale = new Set<RecordId>();
  const onCommitted: (() => void)[] = [];
  for (const [handler, own] of Map.groupBy(items, (item) => item.handler)) {
    const { stale: reported, onCommitted: tell } = await runHandler(handler, own, tx);
    if (tell !== undefined) onCommitted.push(tell);
    const given = new Set(own.map(({ event }) => idOf(event)));
    for (const id of reported) {
      if (!given.has(id))
        throw new TypeError(`handler ${handler.name} reports an event as stale that it was not given`);
      stale.add(id);
    }
  }
  return { stale, onCommitted };
}

/**
 * What escapes a handler is its own failure, and a reason to try again later at most: an API that it could not reach must
 * never stop the group. When Postgres is what failed it, the transaction knows and says so, whatever is thrown here.
 */
async function runHandler(
  handler: RegisteredHandler,
  items: readonly Applicable[],
  tx: Transaction,
): Promise<BatchOutcome> {
  try {
    return await handler.run(
      items.map(({ event }) => event),
      tx,
    );
  } catch (thrown) {
    const error = classify(thrown);
    if (dispositionOf(error.code) !== 'pause') throw error;
    const { retryAfterMs } = error;
    throw new TrunklineError('unknown', error.message, {
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

function outcomeOf(id: RecordId, claimed: ReadonlySet<RecordId>, stale: ReadonlySet<RecordId>): EffectOutcome {
  if (!claimed.has(id)) return 'duplicate';
  return stale.has(id) ? 'stale' : 'applied';
}
