import { appendAudit, type AuditEntry } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

let service: TestService;
let database: TestDatabase;
beforeEach(async () => {
  service = await createTestService('shop', {});
  database = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
});
afterEach(async () => {
  await database.drop();
  await service.remove();
});

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['audit', ...words], { environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') } });

async function append(...entries: Partial<AuditEntry>[]): Promise<void> {
  const operator = database.open({ connectionString: database.urlOf('operator') });
  for (const entry of entries)
    await operator.transaction([], (tx) =>
      appendAudit(tx, { actor: 'alex', action: 'dlq discard', target: 'ltr_1', note: 'a test', ...entry }),
    );
}

/** As whoever owns the database could. */
const tamper = (sql: string): Promise<unknown> =>
  database.admin(
    `ALTER TABLE trunkline.audit DISABLE TRIGGER ALL; ${sql}; ALTER TABLE trunkline.audit ENABLE TRIGGER ALL`,
  );

describe('audit list', () => {
  it('shows who did what to what and why, newest first, and only what is asked for', async () => {
    await append({ tenant: 'tnt_a' }, { actor: 'sam', target: 'ltr_2', note: 'not \u001b[31mours' });

    const table = await trunkline('list');
    const { entries } = json(await trunkline('list', '--actor', 'alex', '--since', '1h', '--json'));

    expect(table.stdout).toMatch(/2 .* sam .* - .* dlq discard .* ltr_2 .* not \\x1b\[31mours\n.*1 .* alex .* tnt_a/);
    expect(entries).toMatchObject([
      { seq: 1, actor: 'alex', tenant: 'tnt_a', action: 'dlq discard', target: 'ltr_1', note: 'a test' },
    ]);
  });

  it('says so where there is nothing', async () => {
    expect(await trunkline('list', '--target', 'ltr_9')).toMatchObject({ exitCode: 0, stdout: 'no such entries\n' });
  });
});

describe('audit check', () => {
  it('counts the entries and prints a head that a later check finds', async () => {
    await append({}, {});

    const { head } = json(await trunkline('check', '--json'));
    await append({});

    expect(head).toMatch(/^2:[0-9a-f]{64}$/);
    expect(await trunkline('check', '--head', String(head))).toMatchObject({
      exitCode: exitCodes.ok.code,
      stdout: expect.stringContaining('3 entries, each as it was written'),
    });
  });

  it('ends with 1 and names the entry that was changed', async () => {
    await append({}, {}, {});
    await tamper(`UPDATE trunkline.audit SET actor = 'sam' WHERE seq = 2`);

    expect(await trunkline('check')).toMatchObject({
      exitCode: exitCodes.refused.code,
      stdout: expect.stringContaining('entry 2 was changed'),
    });
  });

  it('ends with 1 where the head that was kept is gone', async () => {
    await append({}, {});
    const { head } = json(await trunkline('check', '--json'));
    await tamper('DELETE FROM trunkline.audit WHERE seq = 2');

    expect((await trunkline('check')).exitCode).toBe(exitCodes.ok.code);
    expect(await trunkline('check', '--head', String(head))).toMatchObject({
      exitCode: exitCodes.refused.code,
      stdout: expect.stringContaining('cut off'),
    });
  });

  it('refuses a head that none printed', async () => {
    expect((await trunkline('check', '--head', '2:abc')).exitCode).toBe(exitCodes.usage.code);
  });
});
