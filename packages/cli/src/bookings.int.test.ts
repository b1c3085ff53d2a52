import path from 'node:path';

import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const directory = path.resolve(import.meta.dirname, '../../../services/calendar/migrations');

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: [{ schema: 'calendar', directory }],
  });
  await database.admin(`
    INSERT INTO calendar.booking (tenant_id, provider, account, kind, entity_id, status, status_version, starts_at, ends_at,
      invitee_name, invitee_email, invitee_phone, phone_id)
    VALUES ('tnt_a', 'calendly', 'org', 'invitee', 'one', 'rescheduled', '01', '2026-03-05T13:00Z', '2026-03-05T13:30Z',
        'Ida', 'ida@example.com', '+14155550134', 'phn_front'),
      ('tnt_a', 'calendly', 'org', 'invitee', 'two', 'confirmed', '02', '2026-03-06T13:00Z', '2026-03-06T13:30Z',
        'Ida', 'ida@example.com', '+14155550134', 'phn_front'),
      ('tnt_a', 'calendly', 'org', 'invitee', 'other', 'canceled', '01', '2026-03-01T13:00Z', NULL, 'Bo', NULL, NULL, NULL),
      ('tnt_b', 'calendly', 'org', 'invitee', 'two', 'canceled', '01', NULL, NULL, 'Eve', NULL, NULL, 'phn_front');
    INSERT INTO calendar.booking_link (tenant_id, provider, account, kind, old_id, new_id)
    VALUES ('tnt_a', 'calendly', 'org', 'invitee', 'one', 'two'),
      ('tnt_a', 'calendly', 'org', 'invitee', 'gone', 'to_come')`);
});
afterAll(() => database.drop());

const show = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['bookings', 'show', ...words], {
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') },
  });

describe('bookings show', () => {
  it.each(['one', 'two', 'phn_front', 'IDA@example.com', '+1 415-555-0134'])(
    'finds by %s the chain of moves, once, with what became of it',
    async (what) => {
      const { chains } = json(await show(what, '--tenant', 'tnt_a', '--json'));

      expect(chains).toEqual([
        expect.objectContaining({
          currentId: 'two',
          ends: 'end',
          bookings: [
            expect.objectContaining({ id: 'one', status: 'rescheduled', startsAt: '2026-03-05T13:00:00.000Z' }),
            expect.objectContaining({ id: 'two', status: 'confirmed', phoneId: 'phn_front' }),
          ],
        }),
      ]);
    },
  );

  it('tells people the state, the times, the phone and the moves of the last booking', async () => {
    const { stdout } = await show('one', '--tenant', 'tnt_a');

    expect(stdout).toMatch(/booking +invitee\/two\n/);
    expect(stdout).toMatch(/state +confirmed\n/);
    expect(stdout).toMatch(/when +2026-03-06T13:00:00.000Z to 2026-03-06T13:30:00.000Z\n/);
    expect(stdout).toMatch(/phone +phn_front\n/);
    expect(stdout).toMatch(/moves + one rescheduled .*\n +→ two confirmed/);
  });

  it('says of a booking that somebody in it was erased', async () => {
    await database.admin(`INSERT INTO calendar.booking (tenant_id, provider, account, kind, entity_id, status, erased_at)
      VALUES ('tnt_a', 'calendly', 'org', 'invitee', 'erased', 'confirmed', '2026-03-02T00:00Z')`);

    const { stdout } = await show('erased', '--tenant', 'tnt_a');

    expect(stdout).toMatch(/erased +a person of this booking was erased, until 2026-03-02T00:00:00.000Z\n/);
  });

  it('shows a booking that only another one has named so far', async () => {
    const { stdout } = await show('to_come', '--tenant', 'tnt_a');

    expect(stdout).toMatch(/booking +invitee\/to_come\n/);
    expect(stdout).toContain('not told yet');
  });

  it('shows nothing of another tenant', async () => {
    const { stdout } = await show('two', '--tenant', 'tnt_b');
    const other = await show('one', '--tenant', 'tnt_b');

    expect(stdout).toContain('Eve');
    expect(stdout).not.toContain('Ida');
    expect(other.exitCode).toBe(exitCodes.not_found.code);
    expect(other.stderr).toContain('tnt_b has no booking that goes by one');
  });
});
