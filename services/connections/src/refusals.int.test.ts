import { fileURLToPath } from 'node:url';

import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { createLogger } from '@trunkline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { checkRefused } from './refusals.ts';

const log = createLogger({ name: 'test', version: '0', instance: 'test', level: 'fatal', sharesOutput: false });
const id = 'con_twilio';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: ['connections', 'notifications'].map((schema) => ({
      schema,
      directory: fileURLToPath(new URL(`../../${schema}/migrations/`, import.meta.url)),
    })),
  });
  database = test.open();
  await test.admin(
    `INSERT INTO connections.connection (connection_id, tenant_id, provider, auth, rates, check_every_ms, health)
     VALUES ($1, 'tnt_a', 'twilio', 'basic', '{}', 3600000, 'active')`,
    [id],
  );
  await test.admin(`INSERT INTO connections.work (kind, connection_id, tenant_id) VALUES ('check', $1, 'tnt_a')`, [id]);
});
beforeEach(async () => {
  await test.admin('DELETE FROM notifications.refused_connection');
  await test.admin('UPDATE connections.connection SET refusals = 0');
  await test.admin(`UPDATE connections.work SET wanted_at = NULL, done_until = now() - interval '1 hour'`);
});
afterAll(() => test?.drop());

/** As a sender writes it down. */
async function refused(what: string, tenant = 'tnt_a'): Promise<void> {
  await test.admin(
    `INSERT INTO notifications.refused_connection VALUES ($1, $2, $3, clock_timestamp())
     ON CONFLICT (connection_id) DO UPDATE SET refused_at = excluded.refused_at`,
    [id, tenant, what],
  );
}

/** Whether a check is wanted, and how many refusals in a row are known. */
async function standing(): Promise<object | undefined> {
  const [row] = await test.admin<object>(
    `SELECT (w.wanted_at > w.done_until) IS TRUE AS "isWanted", c.refusals
     FROM connections.work w JOIN connections.connection c USING (connection_id)`,
  );
  return row;
}

describe('a connection that a provider refused a message with', () => {
  it('is checked, and the refusal counts as one', async () => {
    await refused('credentials');

    await checkRefused(database, log);

    expect(await standing()).toEqual({ isWanted: true, refusals: 1 });
    expect(await test.admin('SELECT what, reason FROM connections.audit ORDER BY audit_id DESC LIMIT 1')).toEqual([
      { what: 'refused', reason: 'credentials' },
    ]);
  });

  it('is checked for a missing right, too, which says nothing of the credentials', async () => {
    await refused('permission');

    await checkRefused(database, log);

    expect(await standing()).toEqual({ isWanted: true, refusals: 0 });
  });

  it('is checked once for as many messages as are refused before the check', async () => {
    const before = await test.admin('SELECT FROM connections.audit');
    for (const _ of [1, 2, 3]) {
      await refused('credentials');
      await checkRefused(database, log);
    }

    expect((await test.admin('SELECT FROM connections.audit')).length - before.length).toBe(1);
  });

  it('is not checked again for what was refused before the last check', async () => {
    await refused('credentials');
    await test.admin('UPDATE connections.work SET done_until = clock_timestamp()');

    await checkRefused(database, log);

    expect(await standing()).toEqual({ isWanted: false, refusals: 0 });
  });

  it('is not checked a second time within the minute', async () => {
    await test.admin(`UPDATE connections.work SET done_until = clock_timestamp() - interval '30 seconds'`);
    await refused('credentials');

    await checkRefused(database, log);

    expect(await standing()).toEqual({ isWanted: false, refusals: 0 });
  });

  it('is no affair of another tenant', async () => {
    await refused('credentials', 'tnt_b');

    await checkRefused(database, log);

    expect(await standing()).toEqual({ isWanted: false, refusals: 0 });
  });
});
