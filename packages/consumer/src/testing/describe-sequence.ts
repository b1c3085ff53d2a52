import type { DomainTopic, RecordOf } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import { describe, expect, it } from 'vitest';

import { applyEvents } from '../batch/apply.ts';
import { defineHandler, type RegisteredHandler } from '../handler.ts';
import type { SequenceHandler } from '../sequence.ts';
import { describeHandler, type HandlerConformance } from './describe-handler.ts';
import { applicable } from './records.ts';
import { suiteDatabase } from './suite-database.ts';

export interface SequenceConformance<T extends DomainTopic> extends Omit<HandlerConformance<T>, 'handler' | 'state'> {
  readonly handler: SequenceHandler<T>;
  /** What each part keeps, by its name; see `HandlerConformance`. */
  readonly states: Readonly<Record<string, (tx: Transaction) => Promise<unknown>>>;
}

/** By the names of the parts. */
type Kept = Readonly<Record<string, unknown>>;

/** More than a busy machine needs: none of these is about a handler that is slow. */
const deadlineMs = 60_000;

/**
 * What every sequence owes: all of `describeHandler`, for all of its parts together, and that none of them needs or
 * touches what another one keeps.
 */
export function describeSequence<T extends DomainTopic>(conformance: SequenceConformance<T>): void {
  const { handler, history, states, service, adminUrl } = conformance;
  describeHandler({
    ...conformance,
    state: async (tx) => {
      const all: Record<string, unknown> = {};
      for (const [name, state] of Object.entries(states)) all[name] = await state(tx);
      return all;
    },
  });

  describe(`the parts of ${handler.name}`, () => {
    const suite = suiteDatabase({ adminUrl, service });

    async function keptBy(by: RegisteredHandler): Promise<Kept> {
      const items = history
        .filter(({ metadata }) => by.types.includes(metadata.type))
        .map((record: RecordOf<T>) => applicable(by, record));
      await applyEvents(suite.database, items, { deadlineMs });
      const all = await keptNow();
      await suite.empty();
      return all;
    }

    async function keptNow(): Promise<Kept> {
      const all: Record<string, unknown> = {};
      for (const [name, state] of Object.entries(states))
        all[name] = await suite.database.transaction(['tnt_a'], state);
      return all;
    }

    it('have a state each', () => {
      expect(Object.keys(states).toSorted()).toEqual(handler.parts.map(({ name }) => name).toSorted());
    });

    it.each(handler.parts.map((part) => [part.name, part] as const))(
      '%s keeps alone what it keeps beside the others, and nothing of theirs',
      async (name, part) => {
        const nothing = await keptNow();
        const together = await keptBy(defineHandler(handler));
        const alone = await keptBy(defineHandler(part));

        expect(alone[name]).not.toEqual(nothing[name]);
        expect(alone).toEqual({ ...nothing, [name]: together[name] });
      },
    );
  });
}
