import { type RecordOf, sealRequest } from '@trunkline/events';
import type { ServiceMigrations } from '@trunkline/postgres';
import { waitingForLocks } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { type Applicable, applyEvents } from '../batch/apply.ts';
import { erasureHandler } from '../erasure/erasure-handler.ts';
import type { PersonalTable } from '../erasure/personal.ts';
import { defineRequestHandler, idOf, type RegisteredHandler } from '../handler.ts';
import type { HandlerOffers } from '../offers.ts';
import { columnOf } from '../projection-columns.ts';
import { erasedUntilMs, ownFields, person, recordsOf, stories, type Story, type Told } from './erasure-histories.ts';
import { applicable, applicableRequest } from './records.ts';
import { suiteDatabase } from './suite-database.ts';

export interface ErasureConformance {
  /** What the service keeps of people. */
  readonly personal: readonly PersonalTable[];
  /** What events of its topics tell; in parts unless given. What follows another entity is told whole in any case. */
  readonly told?: Told;
  /** A handler for each of its topics. */
  readonly handlers: readonly RegisteredHandler[];
  readonly offers: Pick<HandlerOffers, 'book' | 'digest'>;
  readonly service: ServiceMigrations;
  readonly adminUrl: string;
}

type Row = Readonly<Record<string, unknown>>;

const deadlineMs = 30_000;

/**
 * What every service owes that keeps addresses: what was asked to be erased stays erased, whatever is told of it, in
 * whichever order and however often; and nobody else's is touched.
 */
export function describeErasure({
  personal,
  told: how = 'in parts',
  handlers,
  offers,
  service,
  adminUrl,
}: ErasureConformance): void {
  const { schema } = service;
  const handlerOf = new Map(handlers.map((handler) => [handler.topic, handler]));
  const tableOf = new Map(personal.map((table) => [table.topic, table]));
  const erasure = defineRequestHandler(erasureHandler(personal, offers));
  const requestsOf = (tenant: string): readonly Applicable[] =>
    person.addresses.map((address) =>
      applicableRequest(erasure, requestOf(tenant, offers.digest(tenant, address).toString('hex'))),
    );

  function itemsOf(story: Story, tenant: string): readonly Applicable[] {
    const [table, handler] = [tableOf.get(story.topic), handlerOf.get(story.topic)];
    if (table === undefined || handler === undefined) throw new TypeError(`no handler of ${story.topic} is given`);
    return recordsOf(table, story, tenant).map((record) => applicable(handler, record));
  }

  describe(`an erasure in ${schema}`, () => {
    const suite = suiteDatabase({ adminUrl, service });

    /** An id stands once in a batch. */
    async function apply(items: readonly Applicable[], database = suite.database): Promise<void> {
      const distinct = new Map(items.map((item) => [idOf(item.event), item]));
      await applyEvents(database, [...distinct.values()], { deadlineMs });
    }

    async function rowsOf(tenant: string): Promise<ReadonlyMap<string, Row>> {
      const rows = new Map<string, Row>();
      for (const { topic, columns } of personal) {
        const sql = `SELECT * FROM ${schema}.${columns.table} WHERE tenant_id = $1`;
        for (const row of await suite.test.admin<Row>(sql, [tenant]))
          rows.set(`${topic} ${String(row['entity_id'])}`, row);
      }
      return rows;
    }

    it('is final, whatever comes in whichever order and comes again, and touches nobody else', async () => {
      let run = 0;
      const deliveries = stories(personal, how).chain((told) => {
        const count = told.flatMap(({ tellings }) => tellings).length + person.addresses.length;
        const places = Array.from({ length: count }, (_, place) => place);
        return fc.record({
          told: fc.constant(told),
          first: fc.shuffledSubarray(places, { minLength: count }),
          again: fc.array(fc.constantFrom(...places), { maxLength: 8 }),
          size: fc.integer({ min: 2, max: 12 }),
        });
      });
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ told, first, again, size }) => {
          // Tenants of this run's own: nothing has to be emptied.
          run += 1;
          const [erased, spared] = [`tnt_erased${run}`, `tnt_spared${run}`];
          await apply(told.flatMap((story) => itemsOf(story, spared)));
          const all = [...told.flatMap((story) => itemsOf(story, erased)), ...requestsOf(erased)];
          for (const batch of batchesOf(first, size)) await apply(batch.flatMap((place) => all[place] ?? []));
          // Redrives and replays into an inbox that has forgotten the ids.
          await suite.test.admin(`DELETE FROM ${schema}.inbox WHERE tenant_id = $1`, [erased]);
          await apply(again.flatMap((place) => all[place] ?? []));

          const [kept, untouched] = [await rowsOf(erased), await rowsOf(spared)];
          for (const story of told) {
            const [table, name] = [tableOf.get(story.topic), `${story.topic} ${story.fate}`];
            if (table === undefined) continue;
            const wanted = expected(table, story, untouched.get(name) ?? {});
            expect({ name, ...personalPart(table, kept.get(name) ?? {}) }).toEqual({
              name,
              ...personalPart(table, wanted),
            });
          }
        }),
      );
    }, 120_000);

    it('waits for the events at work, and erases what they say', async () => {
      const [story] = (fc.sample(stories(personal, how), { numRuns: 1, seed: 1 })[0] ?? []).filter(
        ({ fate }) => fate === 'erased',
      );
      if (story === undefined) throw new TypeError('a service that keeps people has a table of them');
      const entered = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const events = itemsOf(story, 'tnt_a').map(({ event }) => event);
      const working = suite.database.transaction(['tnt_a'], async (tx) => {
        await handlerOf.get(story.topic)?.run(events, tx);
        entered.resolve();
        await release.promise;
      });
      await entered.promise;

      // As patient as the test, however busy the machine is.
      const erasing = apply(requestsOf('tnt_a'), suite.test.open({ statementTimeoutMs: deadlineMs }));
      try {
        await vi.waitFor(async () => expect(await waitingForLocks(suite.test)).toBe(1), { timeout: 60_000 });
      } finally {
        release.resolve();
      }
      await Promise.all([working, erasing]);

      const row = (await rowsOf('tnt_a')).get(`${story.topic} erased`);
      expect(row).toMatchObject({ erased_at: new Date(erasedUntilMs) });
    });
  });
}

/** What has to be left of a row that nobody erased. */
function expected(table: PersonalTable, { fate, party }: Story, row: Row): Row {
  if (fate !== 'erased') return row;
  const { list, texts } = table;
  const own = ownFields(table, party);
  const gone = list?.column === party ? texts : [...own.addresses, ...own.names, ...texts];
  const people = list === undefined ? undefined : (row[list.column] as readonly Listed[] | null);
  const left = people?.map((one) => (one.email === person.addresses[1] ? { ...one, email: null } : one));
  return {
    ...row,
    ...Object.fromEntries(gone.map((field) => [columnOf(field), null])),
    ...(list === undefined ? {} : { [list.column]: left ?? null }),
    erased_at: new Date(erasedUntilMs),
  };
}

interface Listed {
  readonly email: string | null;
}

/** Versions differ between tenants, whose events have other ids. */
function personalPart({ list, parties, texts }: PersonalTable, row: Row): Row {
  const fields = [...parties.flatMap(({ addresses, names }) => [...addresses, ...names]), ...texts];
  const columns = [...fields.map(columnOf), ...(list === undefined ? [] : [list.column]), 'erased_at'];
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

function requestOf(tenantId: string, addressDigest: string): RecordOf<'privacy.erasure_request.v1'> {
  const cause = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
  return sealRequest(
    {
      topic: 'privacy.erasure_request.v1',
      type: 'privacy.erasure_request.erase',
      cause,
      causedBy: cause,
      handler: 'test',
      qualifier: addressDigest,
      payload: { addressDigest, erasedAt: erasedUntilMs },
    },
    { tenantId, group: 'crm', requestedAtMs: 90_000, installationKey: undefined },
  ).record;
}

function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
