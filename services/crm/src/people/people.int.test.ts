import { applyEvents, defineHandler, entityOf } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import type { PayloadOf, RecordOf } from '@trunkline/events';
import { type Database, entityText } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { contactHandler } from '../handlers/contact.ts';
import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { personId } from './person-id.ts';

type Topic = 'crm.contact.v1';
type Contact = RecordOf<Topic>;

const handler = defineHandler(contactHandler(testOffers));
let opened: TestDatabase | undefined;
let database: Database;
beforeAll(async () => {
  opened = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = opened.open();
});
afterAll(() => opened?.drop());

const emails = ['a@example.com', 'b@example.com', null];
const phones = ['+491511111111', '01511 1111112', '+491511111113', null];
const ids = ['1', '2', '3'];

/** One thing that happens to a contact; its place in the list is when. */
const change = fc.record({
  provider: fc.constantFrom('hubspot', 'stripe'),
  account: fc.constantFrom('one', 'two'),
  id: fc.constantFrom(...ids),
  stated: fc.oneof(
    { weight: 4, arbitrary: fc.record({ email: fc.constantFrom(...emails) }) },
    { weight: 4, arbitrary: fc.record({ phone: fc.constantFrom(...phones) }) },
    { weight: 1, arbitrary: fc.record({ mobilePhone: fc.constantFrom(...phones), email: fc.constantFrom(...emails) }) },
    { weight: 2, arbitrary: fc.record({ isDeleted: fc.boolean() }) },
    { weight: 2, arbitrary: fc.constantFrom(...ids).map((mergedInto) => ({ mergedInto, isDeleted: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...ids).map((id) => ({ convertedContactId: id, isConverted: true })) },
  ),
});

const histories = fc
  .array(change, { minLength: 2, maxLength: 25 })
  .map((changes) => changes.map((one, index) => recordOf(one, (index + 1) * 1_000)))
  .chain((records) =>
    fc.record({
      records: fc.constant(records),
      // Every event at least once, some twice, in any order.
      arrival: fc
        .subarray(records)
        .chain((again) => fc.shuffledSubarray([...records, ...again], { minLength: records.length + again.length })),
      batch: fc.integer({ min: 1, max: 12 }),
    }),
  );

it('are the parts that equal addresses and merges make, whatever came when, how often and in which batches', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ records, arrival, batch }) => {
      await opened?.admin(
        `TRUNCATE crm.inbox, crm.contact, crm.person, crm.contact_person, crm.address, crm.contact_address`,
      );

      for (let start = 0; start < arrival.length; start += batch) await apply(arrival.slice(start, start + batch));

      expect(await peopleOf()).toEqual(modelOf(records));
    }),
  );
}, 240_000);

function recordOf(one: typeof change extends fc.Arbitrary<infer T> ? T : never, occurredAt: number): Contact {
  // The stated fields are the contact's.
  const stated = one.stated as Partial<PayloadOf<Topic>>;
  const record = testRecord({
    topic: 'crm.contact.v1',
    type: 'crm.contact.updated',
    kind: 'contact',
    entityId: one.id,
    occurredAt,
    stated,
    name: `${one.provider}/${one.account}`,
  });
  return { ...record, metadata: { ...record.metadata, provider: one.provider, account: one.account } };
}

/** An id stands once in a batch. */
async function apply(records: readonly Contact[]): Promise<void> {
  const distinct = new Map(records.map((record) => [record.metadata.eventId, record]));
  await applyEvents(
    database,
    [...distinct.values()].map((record) => applicable(handler, record)),
    { deadlineMs: 60_000 },
  );
}

async function peopleOf(): Promise<unknown> {
  return await database.transaction(['tnt_a'], async (tx) => {
    const rows = await tx.query<{ readonly key: readonly string[]; readonly person_id: string }>(
      `SELECT ARRAY[tenant_id, provider, account, kind, entity_id] AS key, person_id FROM crm.contact_person`,
    );
    const aliases = await tx.query<{ readonly person_id: string; readonly merged_into: string | null }>(
      `SELECT person_id, merged_into FROM crm.person`,
    );
    const addresses = await tx.query<{ readonly value: string; readonly state: string }>(
      `SELECT value, state FROM crm.address`,
    );
    return {
      people: new Map(rows.map(({ key, person_id: id }) => [JSON.stringify(key), id])),
      aliases: new Map(aliases.map(({ person_id: id, merged_into: into }) => [id, into])),
      addresses: new Map(addresses.map(({ value, state }) => [value, state])),
    };
  });
}

interface State {
  readonly record: Contact;
  readonly fields: Partial<PayloadOf<Topic>>;
}

/** The same by hand: all contacts, every two of them compared until nothing changes. */
function modelOf(records: readonly Contact[]): unknown {
  const states = new Map<string, State>();
  for (const record of records) {
    const id = entityText(entityOf(record.metadata));
    const stated = Object.fromEntries(record.metadata.statedFields.map((name) => [name, Reflect.get(record, name)]));
    states.set(id, { record, fields: { ...states.get(id)?.fields, ...stated } });
  }
  const target = ({ record, fields }: State): string | undefined => {
    const into =
      fields.isDeleted === true
        ? fields.mergedInto
        : fields.isConverted === true
          ? fields.convertedContactId
          : undefined;
    return into === undefined || into === null
      ? undefined
      : entityText({ ...entityOf(record.metadata), entityId: into });
  };
  const somebody = [...states].filter(([, state]) => state.fields.isDeleted !== true || target(state) !== undefined);
  const merged = new Map(somebody.map(([id]) => [id, id]));
  const person = new Map<string, string>();
  const joinAll = (labels: Map<string, string>, are: (a: string, b: string) => boolean): void => {
    for (let changed = true; changed;) {
      changed = false;
      for (const [a, one] of labels)
        for (const [b, other] of labels)
          if (one < other && are(a, b)) {
            for (const [id, label] of labels) if (label === other) labels.set(id, one);
            changed = true;
          }
    }
  };
  joinAll(merged, (a, b) => targetIs(a, b) || targetIs(b, a));
  function targetIs(a: string, b: string): boolean {
    const state = states.get(a);
    return state !== undefined && target(state) === b;
  }
  const liveGroups = new Set(
    somebody.filter(([, { fields }]) => fields.isDeleted !== true).map(([id]) => merged.get(id)),
  );
  const living = somebody.filter(([id]) => liveGroups.has(merged.get(id)));
  const addressesOf = (id: string): readonly string[] => {
    const { email = null, phone = null, mobilePhone = null } = states.get(id)?.fields ?? {};
    return [email, phone, mobilePhone].flatMap((text) =>
      text === null ? [] : [text.includes('@') ? text : text.replace('01511 1111112', '+4915111111112')],
    );
  };
  const stateOf = new Map<string, string>();
  for (const address of new Set(somebody.flatMap(([id]) => addressesOf(id)))) {
    const holders = living.filter(([id]) => addressesOf(id).includes(address));
    const accounts = Map.groupBy(holders, ([, { record }]) => `${record.metadata.provider}/${record.metadata.account}`);
    const isShared = [...accounts.values()].some((own) => new Set(own.map(([id]) => merged.get(id))).size > 1);
    stateOf.set(address, isShared ? 'shared' : 'linking');
  }
  for (const [id] of living) person.set(id, merged.get(id) ?? id);
  joinAll(person, (a, b) =>
    addressesOf(a).some((one) => stateOf.get(one) === 'linking' && addressesOf(b).includes(one)),
  );
  const key = (id: string): ReturnType<typeof entityOf> => entityOf(states.get(id)?.record.metadata ?? fail());
  const first = (label: string): string =>
    [...person]
      .filter(([, other]) => other === label)
      .map(([id]) => id)
      .toSorted()[0] ?? fail();
  return {
    people: new Map([...person].map(([id, label]) => [id, personId(key(first(label)))])),
    aliases: new Map(
      [...person].map(([id, label]) => [personId(key(id)), first(label) === id ? null : personId(key(first(label)))]),
    ),
    addresses: stateOf,
  };
}

function fail(): never {
  throw new TypeError('the model knows every contact');
}
