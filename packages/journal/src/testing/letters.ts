import type { TestDatabase } from '@trunkline/postgres/testing';
import { createTestDatabase } from '@trunkline/postgres/testing';

import type { StepRow } from '../rows.ts';
import { journalMigrations } from './journal-database.ts';
import { stepRow } from './rows.ts';

/** The group of the letters that tests make, and its schema, which has an inbox. */
export const payments = { name: 'payments', schema: 'payments' } as const;

/** A database with the schema `journal` and a group's inbox. */
export async function createLettersDatabase(
  adminUrl: string,
  group: { readonly schema: string; readonly directory: string },
): Promise<TestDatabase> {
  return await createTestDatabase({ adminUrl, services: [journalMigrations, group] });
}

/** A dead copy at an offset of the dead-letter topic, of the event that its original offset makes. */
export function deadStep(given: Partial<StepRow> & { readonly offset: bigint; readonly diedAtMs?: number }): StepRow {
  const { diedAtMs, ...rest } = given;
  const step = stepRow(rest);
  return diedAtMs === undefined ? step : { ...step, place: { ...step.place, appendedAtMs: diedAtMs } };
}

/** Notes that the group has applied an event. */
export async function markApplied(
  database: Pick<TestDatabase, 'admin'>,
  step: StepRow,
  outcome: 'applied' | 'stale' = 'applied',
): Promise<void> {
  await database.admin(
    `INSERT INTO payments.inbox (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count)
     VALUES (right($1, 32)::uuid, $2, $3, $4, $5, $6, 'redrive', 1, 1)`,
    [step.recordId, step.tenantId, outcome, step.original.topic, step.original.partition, String(step.original.offset)],
  );
}
