import { type Applicable, applyEvents, idOf } from '@trunkline/consumer';
import { suiteDatabase } from '@trunkline/consumer/testing';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';

import { service } from '../testing/service.ts';
import { histories } from './testing/histories.ts';
import { timelineOf } from './testing/model.ts';

describe('the timeline', () => {
  const suite = suiteDatabase({ adminUrl: inject('stack').postgresAdminUrl, service });

  async function apply(items: readonly Applicable[]): Promise<void> {
    const distinct = new Map(items.map((item) => [idOf(item.event), item]));
    await applyEvents(suite.database, [...distinct.values()], { deadlineMs: 60_000 });
  }

  it('of everybody is what the model says, whatever came when, in which batches and how often', async () => {
    const arrivals = histories.chain(({ history, items }) => {
      const places = items.map((_, place) => place);
      return fc.record({
        history: fc.constant(history),
        items: fc.constant(items).map((all) => Object.assign(all, { [fc.toStringMethod]: () => 'its events' })),
        first: fc.shuffledSubarray(places, { minLength: places.length }),
        again: fc.subarray(places),
        size: fc.integer({ min: 1, max: 8 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ history, items, first, again, size }) => {
        await suite.empty();
        const places = [...first, ...again];
        for (let start = 0; start < places.length; start += size)
          await apply(places.slice(start, start + size).flatMap((place) => items[place] ?? []));

        const people = await peopleNow();
        const shown = await Promise.all(people.map(async ({ id }) => await shownTo(id)));
        expect(shown).toEqual(people.map(({ contacts }) => timelineOf(history, contacts)));
      }),
    );
  }, 120_000);

  async function peopleNow(): Promise<readonly { readonly id: string; readonly contacts: readonly string[] }[]> {
    return await suite.test.admin(
      `SELECT person_id AS id, array_agg(entity_id ORDER BY 1) AS contacts FROM crm.contact_person GROUP BY 1 ORDER BY 1`,
    );
  }

  async function shownTo(personId: string): Promise<readonly string[]> {
    const rows = await suite.database.transaction(['tnt_a'], (tx) =>
      tx.query<{ readonly id: string }>(
        `SELECT entity_id AS id FROM crm.timeline('tnt_a', $1, 'infinity', ARRAY['', '', '', ''], 200)`,
        [personId],
      ),
    );
    return rows.map(({ id }) => id);
  }
});
