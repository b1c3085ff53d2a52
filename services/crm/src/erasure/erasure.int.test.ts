import { applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import type { EventTypeOf, PayloadOf, RecordOf } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { contactHandler } from '../handlers/contact.ts';
import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';

type Topic = 'crm.contact.v1';
type Contact = RecordOf<Topic>;

const handler = defineHandler(contactHandler(testOffers));
let test: TestDatabase;
let opened: TestDatabase | undefined;
let database: Database;
beforeAll(async () => {
  opened = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  test = opened;
  database = test.open();
});
afterAll(() => opened?.drop());
afterEach(empty);

const erasedAt = 50_000;
/** Of the person who is erased: their number, their address, and a mark in every other text. */
const phone = '+4915112345678';
const email = 'wilhelmina@example.com';
const personal: Partial<PayloadOf<Topic>> = {
  email,
  phone,
  mobilePhone: phone,
  firstName: 'Wilhelmina',
  fullName: 'Wilhelmina Lovelace',
  customFieldsJson: '{"nick":"Wilhelmina"}',
};
const erasure = contact('1', ['deleted', erasedAt], { isDeleted: true, deletionReason: 'privacy' });

/** What may be told of the person, some of it of the contact that was merged into the one that is erased. */
const telling = fc.oneof(
  fc.constantFrom(...Object.entries(personal)).map(([name, value]) => ({ [name]: value })),
  fc.constant({ propertyName: 'nick', propertyValue: 'Wilhelmina', propertyValueTruncated: false }),
);
const tales = fc
  .record({
    told: fc.array(fc.record({ id: fc.constantFrom('1', '2'), stated: telling, isLate: fc.boolean() }), {
      maxLength: 12,
    }),
    isMerged: fc.boolean(),
    isBack: fc.boolean(),
  })
  .map(({ told, isMerged, isBack }) => ({
    isBack,
    records: [
      ...told.map(({ id, stated, isLate }, index) =>
        // A full sync tells again what it has, long after the erasure; of who came back, that would be news.
        contact(
          isMerged ? id : '1',
          ['updated', (index + 1) * 1_000 + (isLate && !isBack && id === '1' ? erasedAt : 0)],
          stated,
        ),
      ),
      contact('1', ['created', 500], { isDeleted: false, ...personal }),
      ...(isMerged ? [contact('2', ['merged', 40_000], { isDeleted: true, mergedInto: '1' })] : []),
      erasure,
      ...(isBack ? [contact('1', ['restored', 60_000], { isDeleted: false })] : []),
    ],
  }));
const deliveries = tales.chain(({ isBack, records }) =>
  fc.record({
    isBack: fc.constant(isBack),
    first: fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length }),
    // Whatever comes again, and however often.
    again: fc.array(fc.constantFrom(...records), { maxLength: 6 }),
    batch: fc.integer({ min: 1, max: 8 }),
  }),
);

describe('an erasure', () => {
  it('is final: whatever was told, in whichever order, and is told again, nothing of the person is kept', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ isBack, first, again, batch }) => {
        await empty();
        for (let start = 0; start < first.length; start += batch) await apply(first.slice(start, start + batch));
        // Redrives and replays into an inbox that has forgotten the ids.
        await test.admin('TRUNCATE crm.inbox');
        await apply(again);

        const kept = await everythingKept();
        expect(kept).not.toMatch(/wilhelmina|15112345678/i);
        expect(await database.transaction(['tnt_a'], (tx) => tx.query('SELECT * FROM crm.person'))).toHaveLength(
          isBack ? 1 : 0,
        );
      }),
    );
  }, 240_000);

  it('holds until the contact is created or restored later, and then knows only what is told from then on', async () => {
    await apply([contact('1', ['created', 1_000], { isDeleted: false, ...personal }), erasure]);
    await apply([contact('1', ['restored', 60_000], { isDeleted: false })]);
    await apply([contact('1', ['updated', 61_000], { email: 'new@example.com' })]);
    const late = await apply([contact('1', ['updated', 2_000], { lastName: 'Lovelace' })]);

    expect(late).toEqual(['stale']);
    expect(await rows('SELECT email, phone, first_name, last_name, deleted_at FROM crm.contact')).toEqual([
      { email: 'new@example.com', phone: null, first_name: null, last_name: null, deleted_at: null },
    ]);
    expect(await rows('SELECT value, state FROM crm.address')).toEqual([
      { value: 'new@example.com', state: 'linking' },
    ]);
  });

  it('that comes after the contact came back erases what was told before it only', async () => {
    await apply([
      contact('1', ['created', 1_000], { isDeleted: false, ...personal }),
      contact('1', ['restored', 60_000], { isDeleted: false, email: 'new@example.com' }),
    ]);
    await apply([erasure]);

    expect(await rows('SELECT email, phone, deleted_at FROM crm.contact')).toEqual([
      { email: 'new@example.com', phone: null, deleted_at: null },
    ]);
    expect(await rows('SELECT value FROM crm.address')).toEqual([{ value: 'new@example.com' }]);
  });

  it('takes what the CRM merged into the contact before, though that is told when it is back', async () => {
    await apply([erasure, contact('1', ['restored', 60_000], { isDeleted: false })]);
    await apply([contact('2', ['created', 1_000], { isDeleted: false, ...personal })]);
    await apply([contact('2', ['merged', 40_000], { isDeleted: true, mergedInto: '1' })]);

    expect(await everythingKept()).not.toMatch(/wilhelmina|15112345678/i);
  });

  it('leaves what the CRM merged into the contact after it came back', async () => {
    await apply([
      contact('1', ['created', 1_000], { isDeleted: false, ...personal }),
      contact('1', ['restored', 60_000], { isDeleted: false }),
      contact('4', ['created', 65_000], { isDeleted: false, email: 'new@example.com' }),
      contact('4', ['merged', 70_000], { isDeleted: true, mergedInto: '1' }),
    ]);
    await apply([erasure]);

    expect(await rows('SELECT entity_id, email, merged_into FROM crm.contact ORDER BY 1')).toEqual([
      { entity_id: '1', email: null, merged_into: null },
      { entity_id: '4', email: 'new@example.com', merged_into: '1' },
    ]);
  });

  it('leaves to others the address that they hold, too', async () => {
    await apply([
      contact('1', ['created', 1_000], { isDeleted: false, phone }),
      contact('3', ['created', 1_000], { isDeleted: false, phone }),
    ]);
    await apply([erasure]);

    expect(await rows('SELECT value, state FROM crm.address')).toEqual([{ value: phone, state: 'linking' }]);
  });

  it('is of one tenant: another one has a contact of the same id', async () => {
    const theirs = testRecord({ ...eventOf('1', ['created', 1_000], { isDeleted: false, email }), tenantId: 'tnt_b' });
    await apply([theirs, contact('1', ['created', 1_000], { isDeleted: false, email })]);
    await apply([erasure]);

    expect(await rows('SELECT tenant_id, email FROM crm.contact ORDER BY 1')).toEqual([
      { tenant_id: 'tnt_a', email: null },
      { tenant_id: 'tnt_b', email },
    ]);
  });
});

/** What happened, and when. */
type Happening = readonly [state: string, occurredAt: number];

function eventOf(
  entityId: string,
  [state, occurredAt]: Happening,
  stated: Partial<PayloadOf<Topic>>,
): Parameters<typeof testRecord<Topic>>[0] {
  // The states of the tests are those of the topic.
  const type = `crm.contact.${state}` as EventTypeOf<Topic>;
  return { topic: 'crm.contact.v1', type, kind: 'contact', entityId, occurredAt, stated, name: JSON.stringify(stated) };
}

function contact(id: string, happening: Happening, stated: Partial<PayloadOf<Topic>>): Contact {
  const record = testRecord(eventOf(id, happening, stated));
  // What describes the event is never stated.
  const statedFields = record.metadata.statedFields.filter((name) => name !== 'propertyName');
  return { ...record, metadata: { ...record.metadata, statedFields } };
}

/** An id stands once in a batch. */
async function apply(records: readonly Contact[]): Promise<readonly string[]> {
  const distinct = new Map(records.map((record) => [record.metadata.eventId, record]));
  const items = [...distinct.values()].map((record) => applicable(handler, record));
  return [...(await applyEvents(database, items, { deadlineMs: 60_000 })).values()];
}

async function rows(sql: string): Promise<readonly object[]> {
  return await test.admin(sql);
}

/** All rows of the schema as text. */
async function everythingKept(): Promise<string> {
  const tables = await tablesOf();
  const texts = await test.admin<{ readonly text: string | null }>(
    tables.map((table) => `SELECT string_agg(t::text, ' ') AS text FROM ${table} t`).join(' UNION ALL '),
  );
  return texts.map(({ text }) => text ?? '').join('\n');
}

async function empty(): Promise<void> {
  await test.empty(...(await tablesOf()));
}

async function tablesOf(): Promise<readonly string[]> {
  const tables = await test.admin<{ readonly name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'crm'`,
  );
  return tables.map(({ name }) => name);
}
