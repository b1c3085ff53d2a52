import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const telephony = {
  schema: 'telephony',
  directory: fileURLToPath(new URL('../../../services/telephony/migrations/', import.meta.url)),
};

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [telephony] });
  folder = await mkdtemp(join(tmpdir(), 'trunkline-cli-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function trunkline(...words: string[]): Promise<CommandResult> {
  return runCommandLine(words, {
    directory: folder,
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') },
  });
}

function fileWith(number: string): string {
  const file = join(folder, 'trunkline.yaml');
  writeFileSync(
    file,
    `version: 1
tenants: [{ id: tnt_a, name: A, region: US }]
sources: []
people: [{ id: per_ada, tenant: tnt_a, name: Ada, channels: [{ id: mail, kind: email, to: ada@acme.example }] }]
phones: [{ id: phn_front, tenant: tnt_a, numbers: ["${number}"], owners: [per_ada], tell: { missed_call: [mail] } }]
`,
  );
  return file;
}

describe('the directory', () => {
  it('is shown with owners and what they are told, and without an address of theirs', async () => {
    const shown = await trunkline('directory', 'show', '--sources-file', fileWith('+15005550001'));

    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(/numbers +\+15005550001/);
    expect(shown.stdout).toMatch(/missed_call +per_ada by mail \(email\)/);
    expect(shown.stdout).not.toContain('ada@acme.example');
  });

  it('relinks what its numbers lead to, says so before, and keeps what no number leads to', async () => {
    await database.admin(`INSERT INTO telephony.call
      (tenant_id, provider, account, kind, entity_id, direction, from_address, to_address, phone_id) VALUES
      ('tnt_a', 'twilio', 'AC1', 'call', 'CA1', 'inbound', '+15005550009', '(500) 555-0001', NULL),
      ('tnt_a', 'twilio', 'AC1', 'call', 'CA2', 'outbound', '+15005550001', '+15005550009', 'phn_before'),
      ('tnt_a', 'twilio', 'AC1', 'call', 'CA3', 'inbound', '+15005550009', '+15005550009', 'phn_of_source'),
      ('tnt_b', 'twilio', 'AC1', 'call', 'CA1', 'inbound', '+15005550009', '+15005550001', NULL)`);
    const file = fileWith('+15005550001');
    const phones = (): Promise<readonly object[]> =>
      database.admin('SELECT tenant_id, entity_id, phone_id FROM telephony.call ORDER BY 1, 2');
    const before = await phones();

    const dry = await trunkline('directory', 'relink', '--dry-run', '--json', '--sources-file', file);
    const untouched = await phones();
    const done = await trunkline('directory', 'relink', '--json', '--sources-file', file);

    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(json(dry).tables[0]).toEqual({ table: 'telephony.call', rows: 3, linked: 1, moved: 1 });
    expect(untouched).toEqual(before);
    expect(json(done).tables).toEqual(json(dry).tables);
    expect(await phones()).toEqual([
      { tenant_id: 'tnt_a', entity_id: 'CA1', phone_id: 'phn_front' },
      { tenant_id: 'tnt_a', entity_id: 'CA2', phone_id: 'phn_front' },
      { tenant_id: 'tnt_a', entity_id: 'CA3', phone_id: 'phn_of_source' },
      { tenant_id: 'tnt_b', entity_id: 'CA1', phone_id: null },
    ]);
    const audit = await database.admin(
      "SELECT tenant, action, target, detail FROM trunkline.audit WHERE action = 'directory relink'",
    );
    expect(audit).toEqual([
      { tenant: 'tnt_a', action: 'directory relink', target: 'telephony.call', detail: { rows: 2 } },
    ]);
  });

  it('lets the command line write no other column of telephony', async () => {
    const [right] = await database.admin<{ readonly names: readonly string[] }>(
      `SELECT array_agg(DISTINCT table_name || '.' || column_name ORDER BY table_name || '.' || column_name) AS names FROM information_schema.column_privileges
       WHERE grantee LIKE '%\\_operator' AND privilege_type IN ('UPDATE', 'INSERT') AND table_schema = 'telephony'
       AND grantee = current_database() || '_operator'`,
    );

    expect(right?.names).toEqual(['blocked_key.key_decision', 'call.phone_id', 'message.phone_id']);
  });
});
