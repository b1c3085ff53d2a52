import path from 'node:path';

import { createDigest } from '@trunkline/addresses';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const directory = path.resolve(import.meta.dirname, '../../../services/crm/migrations');
const key = 'ab'.repeat(32);
const digest = createDigest(Buffer.from(key, 'hex'));
const personId = '0b8f6a0e-5c1d-5e57-9a3e-7d2c41f6b9a1';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: [{ schema: 'crm', directory }],
  });
  const email = digest('tnt_a', 'ada@example.com');
  const reference = Buffer.alloc(32, 9);
  const contact = `'tnt_a', 'hubspot', '62515', 'contact', '4711'`;
  await database.admin(`INSERT INTO crm.contact (tenant_id, provider, account, kind, entity_id, full_name, email)
    VALUES (${contact}, 'Ada Lovelace', 'Ada@example.com')`);
  await database.admin(`INSERT INTO crm.person (tenant_id, person_id) VALUES ('tnt_a', $1)`, [personId]);
  await database.admin(`INSERT INTO crm.contact_person VALUES (${contact}, $1, $2)`, [personId, reference]);
  await database.admin(`INSERT INTO crm.address VALUES ('tnt_a', $1, 'email', 'ada@example.com', 'linking', false)`, [
    email,
  ]);
  await database.admin(`INSERT INTO crm.contact_address VALUES (${contact}, $1, '2026-01-01Z', true)`, [email]);
  await database.admin(`INSERT INTO crm.touch (tenant_id, provider, account, kind, entity_id, what, happened_at, status, amount, currency)
    VALUES ('tnt_a', 'stripe', 'acct_1', 'payment_intent', 'pi_1', 'payment', '2026-02-01T10:00Z', 'succeeded', 1250, 'EUR')`);
  await database.admin(
    `INSERT INTO crm.touch_address VALUES ('tnt_a', $1, '2026-02-01T10:00Z', 'stripe', 'acct_1', 'payment_intent', 'pi_1')`,
    [email],
  );
});
afterAll(() => database.drop());

const show = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['contacts', 'show', ...words], {
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator'), TRUNKLINE_INSTALLATION_KEY: key },
  });

describe('contacts show', () => {
  it.each(['4711', personId, 'ADA@example.com'])(
    'finds by %s the person, the contacts and the history',
    async (what) => {
      const { people } = json(await show(what, '--tenant', 'tnt_a', '--json'));

      expect(people).toMatchObject([
        {
          personId,
          contacts: [{ provider: 'hubspot', id: '4711', name: 'Ada Lovelace' }],
          addresses: [{ kind: 'email', value: 'ada@example.com', state: 'linking' }],
          timeline: [{ what: 'payment', id: 'pi_1', at: '2026-02-01T10:00:00.000Z', amount: '1250' }],
        },
      ]);
    },
  );

  it('tells people who it is and what happened', async () => {
    const { stdout } = await show('ada@example.com', '--tenant', 'tnt_a');

    expect(stdout).toMatch(/person +Ada Lovelace/);
    expect(stdout).toContain('2026-02-01T10:00:00.000Z  payment, succeeded, 1250 EUR  stripe pi_1');
  });

  it('says of somebody who was erased that they were, and until when', async () => {
    await database.admin(`INSERT INTO crm.contact (tenant_id, provider, account, kind, entity_id, deletion_reason, deleted_at)
      VALUES ('tnt_a', 'hubspot', '62515', 'contact', '4712', 'privacy', '2026-03-01T00:00Z')`);
    await database.admin(`INSERT INTO crm.erased_address VALUES ('tnt_a', $1, '2026-03-01T00:00Z')`, [
      digest('tnt_a', 'ida@example.com'),
    ]);

    const byId = await show('4712', '--tenant', 'tnt_a');
    const byAddress = await show('Ida@example.com', '--tenant', 'tnt_a');
    const ofOthers = await show('ida@example.com', '--tenant', 'tnt_b');

    expect(byId.stderr).toContain('the contact was erased, with what happened until 2026-03-01T00:00:00.000Z');
    expect(byAddress.stderr).toContain('the address was erased, with what happened until 2026-03-01T00:00:00.000Z');
    expect(ofOthers.stderr).not.toContain('erased');
  });

  it('says so where nobody goes by it, and shows another tenant nothing', async () => {
    const unknown = await show('+14155550134', '--tenant', 'tnt_a');
    const others = await show('4711', '--tenant', 'tnt_b');

    expect([unknown.exitCode, others.exitCode]).toEqual([exitCodes.not_found.code, exitCodes.not_found.code]);
    expect(unknown.stderr).toContain('no contact that goes by');
  });
});
