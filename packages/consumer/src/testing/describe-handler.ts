import { armFailpoints } from '@trunkline/core';
import type { DomainTopic, RecordOf } from '@trunkline/events';
import type { Database, ServiceMigrations, Transaction } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { applyEvents, type EffectOutcome } from '../batch/apply.ts';
import { defineHandler, type Handler } from '../handler.ts';
import { applicable, ofTenant } from './records.ts';

export interface HandlerConformance<T extends DomainTopic> {
  readonly handler: Handler<T>;
  /** Oldest first: 2 to 5 events about one entity of the tenant `tnt_a`. */
  readonly history: readonly RecordOf<T>[];
  /** What the handler keeps of the tenants the transaction names, without times of writing, in a stable order. */
  readonly state: (tx: Transaction) => Promise<unknown>;
  /** The service's migrations; the suite makes its own database from them. */
  readonly service: ServiceMigrations;
  readonly adminUrl: string;
}

const deadlineMs = 5_000;

/**
 * What every handler owes: the effect of an event lands once and whole, whatever is delivered how often and in which
 * order, and only with its own tenant. Runs as the service's role on a real Postgres.
 */
export function describeHandler<T extends DomainTopic>(conformance: HandlerConformance<T>): void {
  const handler = defineHandler(conformance.handler);
  const { history, state, service, adminUrl } = conformance;
  let test: TestDatabase;
  let opened: TestDatabase | undefined;
  let database: Database;

  const apply = async (records: readonly RecordOf<T>[]): Promise<readonly EffectOutcome[]> => {
    const outcomes = await applyEvents(
      database,
      records.map((record) => applicable(handler, record)),
      { deadlineMs },
    );
    return [...outcomes.values()];
  };
  const stateOf = (...tenants: readonly string[]): Promise<unknown> => database.transaction(tenants, state);
  const inboxRows = async (): Promise<number> => (await test.admin(`SELECT 1 FROM ${service.schema}.inbox`)).length;

  describe(`handler ${handler.name}`, () => {
    let inOrder: unknown;
    let nothing: unknown;

    beforeAll(async () => {
      opened = await createTestDatabase({ adminUrl, services: [service] });
      test = opened;
      database = test.open();
      nothing = await stateOf('tnt_a');
      for (const record of history) await apply([record]);
      inOrder = await stateOf('tnt_a');
      await empty();
    });
    afterEach(async () => {
      armFailpoints('');
      await empty();
    });
    // A migration that fails is told by beforeAll; there is no database then.
    afterAll(() => opened?.drop());

    async function empty(): Promise<void> {
      const tables = await test.admin<{ readonly name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1`,
        [service.schema],
      );
      await test.admin(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
    }

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
        await empty();
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
      await empty();

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
