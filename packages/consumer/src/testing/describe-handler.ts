import { armFailpoints } from '@trunkline/core';
import type { DomainTopic, RecordOf, RequestPayloadOf, RequestTopic } from '@trunkline/events';
import type { ServiceMigrations, Transaction } from '@trunkline/postgres';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { applyEvents, type EffectOutcome } from '../batch/apply.ts';
import { defineHandler, type Handler } from '../handler.ts';
import { applicable, ofTenant } from './records.ts';
import { suiteDatabase } from './suite-database.ts';
import { askedRequests } from './test-offers.ts';

export interface HandlerConformance<T extends DomainTopic> {
  readonly handler: Handler<T>;
  /** Oldest first: 2 to 5 events about one entity of the tenant `tnt_a`. */
  readonly history: readonly RecordOf<T>[];
  /** What the handler keeps of the tenants the transaction names, without times of writing, in a stable order. */
  readonly state: (tx: Transaction) => Promise<unknown>;
  /** What of a request must be the same whatever order the events came in; all that it says unless given. */
  readonly asked?: (payload: RequestPayloadOf<RequestTopic>) => unknown;
  /** The service's migrations; the suite makes its own database from them. */
  readonly service: ServiceMigrations;
  readonly adminUrl: string;
}

/** More than a busy machine needs: none of these is about a handler that is slow. */
const deadlineMs = 60_000;

/**
 * What every handler owes: the effect of an event lands once and whole, whatever is delivered how often and in which
 * order, and only with its own tenant. Runs as the service's role on a real Postgres.
 */
export function describeHandler<T extends DomainTopic>(conformance: HandlerConformance<T>): void {
  const handler = defineHandler(conformance.handler);
  const { history, state, service, adminUrl, asked = (payload) => payload } = conformance;
  describe(`handler ${handler.name}`, () => {
    const suite = suiteDatabase({ adminUrl, service });
    const apply = async (records: readonly RecordOf<T>[]): Promise<readonly EffectOutcome[]> => {
      const outcomes = await applyEvents(
        suite.database,
        records.map((record) => applicable(handler, record)),
        { deadlineMs },
      );
      return [...outcomes.values()];
    };
    const stateOf = async (...tenants: readonly string[]): Promise<unknown> => {
      const requests = await askedRequests(suite.test, service.schema, tenants);
      return {
        kept: await suite.database.transaction(tenants, state),
        // Which of the events came first decides who asks for what is asked once: ids and causes may differ.
        asked: requests.map(({ topic, key, record: { metadata, ...payload } }) => ({
          topic,
          key,
          type: metadata.type,
          payload: asked(payload),
        })),
      };
    };
    const inboxRows = async (): Promise<number> =>
      (await suite.test.admin(`SELECT 1 FROM ${service.schema}.inbox`)).length;

    let inOrder: unknown;
    let nothing: unknown;
    beforeAll(async () => {
      nothing = await stateOf('tnt_a');
      for (const record of history) await apply([record]);
      inOrder = await stateOf('tnt_a');
      await suite.empty();
    });
    afterEach(() => armFailpoints(''));

    it('has an effect at all', () => {
      expect(inOrder).not.toEqual(nothing);
    });

    it('gives the same state for a history in one batch as event by event', async () => {
      await apply(history);

      expect(await stateOf('tnt_a')).toEqual(inOrder);
    });

    it('is given an event that was delivered twice only once', async () => {
      await apply(history);
      const second = await apply(history);

      expect(new Set(second)).toEqual(new Set(['duplicate']));
      expect(await stateOf('tnt_a')).toEqual(inOrder);
      expect(await inboxRows()).toBe(history.length);
    });

    it('keeps the newest state when every older event comes late', async () => {
      for (const record of history.toReversed()) await apply([record]);

      expect(await stateOf('tnt_a')).toEqual(inOrder);
    });

    it.each(permutations(history.map((_, index) => index)).map((order) => [order]))(
      'ends in the same state in the order %j, in one batch and event by event',
      async (order) => {
        const records = order.flatMap((index) => history[index] ?? []);

        await apply(records);
        const inOneBatch = await stateOf('tnt_a');
        await suite.empty();
        for (const record of records) await apply([record]);
        const oneByOne = await stateOf('tnt_a');

        expect({ inOneBatch, oneByOne }).toEqual({ inOneBatch: inOrder, oneByOne: inOrder });
      },
    );

    it('leaves nothing when the process dies after the effect and before the commit, and everything the next time', async () => {
      armFailpoints('consumer.after_effect=throw@1');

      await expect(apply(history)).rejects.toThrow('consumer.after_effect');
      const left = { state: await stateOf('tnt_a'), inbox: await inboxRows() };
      await apply(history);

      expect(left).toEqual({ state: nothing, inbox: 0 });
      expect(await stateOf('tnt_a')).toEqual(inOrder);
    });

    it('does not repeat its effect when the process dies after the commit', async () => {
      armFailpoints('consumer.after_commit=throw@1');

      await expect(apply(history)).rejects.toThrow('consumer.after_commit');
      const again = await apply(history);

      expect(new Set(again)).toEqual(new Set(['duplicate']));
      expect(await stateOf('tnt_a')).toEqual(inOrder);
    });

    it('keeps two tenants apart that have equal entity ids in one batch', async () => {
      const theirs = history.slice(0, 1).map((record) => ofTenant(record, 'tnt_b'));
      await apply(theirs);
      const alone = await stateOf('tnt_b');
      await suite.empty();

      await apply(history.flatMap((record, index) => [record, ...theirs.slice(index, index + 1)]));

      expect(await stateOf('tnt_b')).toEqual(alone);
      expect(await stateOf('tnt_a')).toEqual(inOrder);
      expect(await stateOf()).toEqual(nothing);
    });
  });
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
