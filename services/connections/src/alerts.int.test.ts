import { fileURLToPath } from 'node:url';

import { lookForAlerts } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { alerts } from './alerts.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: [{ schema: 'connections', directory: fileURLToPath(new URL('../migrations/', import.meta.url)) }],
  });
  database = test.open();
});
beforeEach(async () => {
  await test.empty('connections.connection', 'connections.alert');
  await test.admin(
    `INSERT INTO connections.connection (connection_id, tenant_id, provider, auth, rates, check_every_ms, health)
     VALUES ('con_slack', 'tnt_a', 'slack', 'api_key', '{}', 60000, 'active'),
       ('con_stripe', 'tnt_b', 'stripe', 'api_key', '{}', 60000, 'active')`,
  );
});
afterAll(() => test.drop());

const look = async () => (await lookForAlerts(database, alerts)).map(({ subject }) => subject);
const set = (id: string, changes: string) =>
  test.admin(`UPDATE connections.connection SET ${changes} WHERE connection_id = $1`, [id]);

describe('operators are told of a connection', () => {
  it('whose credentials are refused, with its tenant and the reason', async () => {
    await set('con_slack', `health = 'degraded', reason = 'credentials_refused'`);

    expect(await lookForAlerts(database, alerts)).toEqual([
      {
        template: 'operator_connection_unusable',
        subject: 'con_slack/credentials_refused',
        parameters: { connection: 'con_slack', tenant: 'tnt_a', provider: 'slack', reason: 'credentials_refused' },
      },
    ]);
  });

  it('again where the reason is another, and when it was good meanwhile', async () => {
    const subjects: (readonly string[])[] = [];
    for (const [health, reason] of [
      ['degraded', `'unreachable'`],
      ['degraded', `'unreachable'`],
      ['needs_authorization', `'account_mismatch'`],
      ['active', 'NULL'],
      ['needs_authorization', `'account_mismatch'`],
    ]) {
      await set('con_stripe', `health = '${health}', reason = ${reason}`);
      subjects.push(await look());
    }

    const mismatch = 'con_stripe/account_mismatch';
    expect(subjects).toEqual([['con_stripe/unreachable'], [], [mismatch], [], [mismatch]]);
  });

  it('that is revoked, and not of one that is paused or left out of the file', async () => {
    await set('con_slack', `connection_decision = 'revoked'`);
    await set('con_stripe', `connection_decision = 'paused', health = 'degraded', reason = 'unreachable'`);
    const revoked = await look();
    await set('con_stripe', `connection_decision = NULL, is_configured = false`);

    expect(revoked).toEqual(['con_slack/revoked']);
    expect(await look()).toEqual([]);
  });
});
