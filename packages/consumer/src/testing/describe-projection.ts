import { catalogue, type PayloadOf, type RecordOf, type StatedTopic } from '@trunkline/events';
import type { ColumnType, ColumnValue, ProjectionColumn, Transaction } from '@trunkline/postgres';
import { describe, expect, it } from 'vitest';

import { applyEvents, type EffectOutcome } from '../batch/apply.ts';
import { defineHandler } from '../handler.ts';
import type { ProjectionHandler } from '../projection-handler.ts';
import { describeHandler, type HandlerConformance } from './describe-handler.ts';
import { applicable, testRecord } from './records.ts';
import { suiteDatabase } from './suite-database.ts';

export interface ProjectionConformance<T extends StatedTopic> extends Omit<HandlerConformance<T>, 'handler' | 'state'> {
  readonly handler: ProjectionHandler<T>;
  /** The ways there are, and are not, from one status to another. */
  readonly stories: readonly ProjectionStory<T>[];
}

export interface ProjectionStory<T extends StatedTopic> {
  /** Goes on from "one <entity>": `can fail after it succeeded`. */
  readonly title: string;
  /** About one entity of `tnt_a`, in the order of arrival. */
  readonly events: readonly RecordOf<T>[];
  /** Columns of the row afterwards. */
  readonly ends: Readonly<Record<string, unknown>>;
}

/** More than a busy machine needs: none of these is about a handler that is slow. */
const deadlineMs = 60_000;

/**
 * What every projection owes: all of `describeHandler`, a row that holds what was stated, and a status that moves only
 * where its provider lets it.
 */
export function describeProjection<T extends StatedTopic>(conformance: ProjectionConformance<T>): void {
  const { handler, service, adminUrl, stories } = conformance;
  const { projection, topic } = handler;
  const table = `${service.schema}.${projection.table}`;
  describeHandler({ ...conformance, state: (tx) => rowsWithoutTime(tx, table) });

  describe(`table ${table}`, () => {
    const suite = suiteDatabase({ adminUrl, service });

    const apply = async (...records: readonly RecordOf<T>[]): Promise<readonly EffectOutcome[]> => {
      const registered = defineHandler(handler);
      const items = records.map((record) => applicable(registered, record));
      return [...(await applyEvents(suite.database, items, { deadlineMs })).values()];
    };
    const row = async (): Promise<unknown> => (await suite.test.admin(`SELECT * FROM ${table}`))[0];
    const recordOf = (occurredAt: number, stated: Readonly<Record<string, ColumnValue>>): RecordOf<T> => {
      const [type] = handler.types;
      if (type === undefined) throw new TypeError(`handler ${handler.name} wants no type`);
      // The samples are made of the projection's own fields, by the types of their columns.
      return testRecord({
        topic,
        type,
        kind: 'thing',
        entityId: 'x_1',
        occurredAt,
        stated: stated as Partial<PayloadOf<T>>,
      });
    };

    it('wants every type of its topic', () => {
      expect(new Set<string>(handler.types)).toEqual(new Set(Object.keys(catalogue[topic].types)));
    });

    it('has a column for every field, with the value the event stated', async () => {
      const fields = Object.entries<ProjectionColumn>(projection.fields);

      await apply(recordOf(1_000, Object.fromEntries(fields.map(([name, { type }]) => [name, samples[type].stated]))));

      expect(await row()).toMatchObject({
        tenant_id: 'tnt_a',
        kind: 'thing',
        entity_id: 'x_1',
        ...Object.fromEntries(fields.map(([, { column, type }]) => [column, samples[type].stored])),
        updated_at: expect.any(Date),
      });
    });

    it('has null where an event cleared what an earlier one stated', async () => {
      const fields = Object.entries<ProjectionColumn>(projection.fields);
      await apply(recordOf(1_000, Object.fromEntries(fields.map(([name, { type }]) => [name, samples[type].stated]))));

      await apply(recordOf(2_000, Object.fromEntries(fields.map(([name]) => [name, null]))));

      expect(await row()).toMatchObject(Object.fromEntries(fields.map(([, { column }]) => [column, null])));
    });

    it('takes from a late event what its version guard leaves to it', async () => {
      const [[first, one], [second, two]] = firstTwo(Object.entries<ProjectionColumn>(projection.fields));
      await apply(recordOf(2_000, { [first]: samples[one.type].stated }));

      const outcomes = await apply(recordOf(1_000, { [first]: null, [second]: samples[two.type].stated }));

      const perField = projection.versions === 'field';
      expect(outcomes).toEqual([perField ? 'applied' : 'stale']);
      expect(await row()).toMatchObject({
        [one.column]: samples[one.type].stored,
        [two.column]: perField ? samples[two.type].stored : null,
      });
    });

    it.each(projection.existence ? ['deleted_at'] : [])(
      'says in %s since when an entity is gone, and that it is back',
      async (column) => {
        const gone = await apply(recordOf(2_000, { isDeleted: true })).then(row);
        const late = await apply(recordOf(1_000, { isDeleted: false })).then(row);
        const back = await apply(recordOf(3_000, { isDeleted: false })).then(row);

        expect([gone, late, back]).toMatchObject([
          { [column]: new Date(2_000) },
          { [column]: new Date(2_000) },
          { [column]: null },
        ]);
      },
    );

    it('compares versions as bytes, whatever the collation of the database', async () => {
      const collations = await suite.test.admin(
        `SELECT DISTINCT collation_name FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2 AND column_name LIKE '%\\_version'`,
        [service.schema, projection.table],
      );

      expect(collations).toEqual([{ collation_name: 'C' }]);
    });

    it.each(stories.map((story) => [story.title, story] as const))(
      `one ${projection.table} %s`,
      async (_title, story) => {
        for (const event of story.events) await apply(event);

        expect(await row()).toMatchObject(story.ends);
      },
    );
  });
}

interface Sample {
  readonly stated: ColumnValue;
  /** As the row gives it back. */
  readonly stored: unknown;
}

/** Values that a column of each type finds hardest. */
const samples: Readonly<Record<ColumnType, Sample>> = {
  text: { stated: 'a "ü" \\ {1,2}', stored: 'a "ü" \\ {1,2}' },
  // The largest number that JavaScript holds exactly; pg gives a bigint back as text.
  bigint: { stated: Number.MAX_SAFE_INTEGER, stored: String(Number.MAX_SAFE_INTEGER) },
  boolean: { stated: true, stored: true },
  timestamptz: { stated: 1_700_000_000_123, stored: new Date(1_700_000_000_123) },
  'text[]': { stated: ['a,b', '"c"', ''], stored: ['a,b', '"c"', ''] },
  jsonb: { stated: [{ name: 'a\0b', count: 1, none: null }], stored: [{ name: 'a\u{fffd}b', count: 1, none: null }] },
};

async function rowsWithoutTime(tx: Transaction, table: string): Promise<unknown> {
  return tx.query(`SELECT to_jsonb(t) - 'updated_at' AS row FROM ${table} t ORDER BY tenant_id, kind, entity_id`);
}

function firstTwo<Item>(items: readonly Item[]): readonly [Item, Item] {
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new TypeError('a projection has two fields at least');
  return [first, second];
}
