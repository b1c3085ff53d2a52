import { type Applicable, applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import type { PayloadOf, RecordOf } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase, waitingForLocks } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';

import { contactHandler } from '../handlers/contact.ts';
import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';

type Contact = RecordOf<'crm.contact.v1'>;

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

it('two transactions that reach one person from both ends at once leave one person', async () => {
  // 1 and 3 have nothing in common but what they have with 2.
  await apply(contact('b/2', 1_000, { email: 'a@example.com', phone: '+491511111111' }));
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const first = database.transaction(['tnt_a'], async (tx) => {
    await handler.run([eventOf(contact('a/1', 2_000, { email: 'a@example.com' }))], tx);
    entered.resolve();
    await release.promise;
  });
  await entered.promise;

  const second = apply(contact('c/3', 3_000, { phone: '+491511111111' }));
  await vi.waitFor(async () => expect(await waitingForLocks(test)).toBe(1), { timeout: 60_000 });
  release.resolve();
  await Promise.all([first, second]);

  const people = await test.admin<{ readonly person_id: string }>('SELECT DISTINCT person_id FROM crm.contact_person');
  expect(people.length).toBe(1);
});

function contact(name: string, occurredAt: number, stated: Partial<PayloadOf<'crm.contact.v1'>>): Contact {
  const [account = '', entityId = ''] = name.split('/');
  const record = testRecord({
    topic: 'crm.contact.v1',
    type: 'crm.contact.updated',
    kind: 'contact',
    entityId,
    occurredAt,
    stated,
  });
  return { ...record, metadata: { ...record.metadata, account } };
}

function eventOf(record: Contact): Applicable['event'] {
  return applicable(handler, record).event;
}

async function apply(record: Contact): Promise<void> {
  await applyEvents(database, [applicable(handler, record)], { deadlineMs: 60_000 });
}
