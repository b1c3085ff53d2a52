import type { Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createJournalDatabase, eventRow, stepRow } from '../testing/index.ts';
import { createJournalWriter } from '../write/writer.ts';
import { findUnaccounted, type UnaccountedQuestion } from './unaccounted.ts';

const { postgresAdminUrl } = inject('stack');
let test: TestDatabase;
let database: Database;
const nowMs = Date.now();

/** Offsets 0 to 9 of one topic, ten minutes ago; of each offset something else is known. */
const rows = Array.from({ length: 10 }, (_, offset) =>
  eventRow({
    offset: BigInt(offset),
    appendedAtMs: nowMs - 600_000,
    tenantId: offset % 2 === 0 ? 'tnt_a' : 'tnt_b',
    type: offset === 5 ? 'payments.payment.unhandled' : 'payments.payment.succeeded',
  }),
);
const uuidAt = (offset: number): string => rows[offset]?.eventId.slice(4) ?? '';

beforeAll(async () => {
  test = await createJournalDatabase(postgresAdminUrl);
  database = test.open();
  const writer = createJournalWriter(database, Date.now);
  await writer.write(rows);
  await writer.write([stepRow({ recordId: rows[2]?.eventId, kind: 'retry' })]);
  // The journal's own schema has the tables of a group, too.
  for (const offset of [0, 1, 6])
    await test.admin(
      `INSERT INTO journal.inbox (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count)
       VALUES ($1, 'tnt_a', 'applied', 'payments.payment.v1', 0, 0, 'main', 1, 0)`,
      [uuidAt(offset)],
    );
  await test.admin(
    `INSERT INTO journal.parked (key_id, part, off, event_id, tenant_id, key, value, headers, bytes, first_append_at)
     VALUES (gen_random_uuid(), 0, 3, $1, 'tnt_b', '', '', '{}', 0, now())`,
    [uuidAt(3)],
  );
});
afterAll(() => test.drop());

const unaccounted = async (given: Partial<UnaccountedQuestion> = {}): Promise<readonly bigint[]> => {
  const found = await findUnaccounted(database, {
    group: { name: 'payments', schema: 'journal' },
    types: ['payments.payment.succeeded'],
    committed: [{ topic: 'payments.payment.v1', partition: 0, offset: 8n }],
    sinceMs: nowMs - 3_600_000,
    untilMs: nowMs,
    ...given,
  });
  return found.map(({ place }) => place.offset).toSorted((left, right) => Number(left - right));
};

describe('events that are unaccounted for', () => {
  it('are those that a group has passed, wants, and neither applied nor parked nor failed of', async () => {
    // 0, 1, 6 applied, 2 failed, 3 parked, 5 not wanted, 8 and 9 not passed.
    expect(await unaccounted()).toEqual([4n, 7n]);
  });

  it('are none where the group has committed nothing, and none of another time', async () => {
    expect(await unaccounted({ committed: [] })).toEqual([]);
    expect(await unaccounted({ untilMs: nowMs - 1_800_000 })).toEqual([]);
  });

  it('count a copy of another group for nothing', async () => {
    const other = { topic: 'payments.payment.v1', partition: 0, offset: 3n };

    expect(await unaccounted({ group: { name: 'crm', schema: 'journal' }, committed: [other] })).toEqual([2n]);
  });
});
