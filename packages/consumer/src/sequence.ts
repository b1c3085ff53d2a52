import { TrunklineError } from '@trunkline/core';
import type { DomainTopic, EventTypeOf } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

import { type BatchHandler, type BatchOutcome, type ConsumedEvent, type Handler, runBatch } from './handler.ts';

/** Several behaviours of one topic as one handler. */
export interface SequenceHandler<T extends DomainTopic> extends BatchHandler<T> {
  readonly parts: readonly Handler<T>[];
}

/**
 * Several behaviours on the same events: one inbox row, one transaction, all of them or none. Each part gets every event
 * of its types, whatever the parts before it made of it: what is too late for a projection is still a fact for a ledger.
 * The outcome is the first part's; what others call stale is not told. No part relies on what another one wrote.
 * Throws `config_invalid` where there is no part, or two have one name.
 */
export function sequence<T extends DomainTopic>(name: string, parts: readonly Handler<T>[]): SequenceHandler<T> {
  const [first] = parts;
  if (first === undefined) throw new TrunklineError('config_invalid', `the sequence ${name} needs a part`);
  refuseUnlike(name, parts, first);
  const wanted = new Map(parts.map((part) => [part, new Set<EventTypeOf<T>>(part.types)]));
  return {
    name,
    topic: first.topic,
    types: [...new Set(parts.flatMap(({ types }) => types))],
    parts,
    async handleBatch(events: readonly ConsumedEvent<T>[], tx: Transaction): Promise<BatchOutcome> {
      let outcome: BatchOutcome = { stale: [] };
      // One after the other: they share the transaction.
      for (const [part, types] of wanted) {
        const own = events.filter(({ type }) => types.has(type));
        if (own.length === 0) continue;
        const of = await runBatch(part, own, tx);
        if (part === first) outcome = of;
      }
      return outcome;
    },
  };
}

function refuseUnlike<T extends DomainTopic>(name: string, parts: readonly Handler<T>[], first: Handler<T>): void {
  const other = parts.find(({ topic }) => topic !== first.topic);
  if (other !== undefined) {
    const topics = `${first.name} of ${first.topic} and ${other.name} of ${other.topic}`;
    throw new TrunklineError('config_invalid', `the sequence ${name} has parts of two topics: ${topics}`);
  }
  const names = parts.map((part) => part.name);
  const twice = names.find((partName, index) => names.indexOf(partName) !== index);
  if (twice !== undefined) {
    throw new TrunklineError('config_invalid', `the sequence ${name} has two parts of the name ${twice}`);
  }
}
