import path from 'node:path';

import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { createWorkspace } from './testing/workspace.ts';

const directory = path.resolve(import.meta.dirname, '../../../services/notifications/migrations');
const held = `req_${'1'.repeat(32)}`;
const accepted = `req_${'2'.repeat(32)}`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: [{ schema: 'notifications', directory }],
  });
  const uuid = (digit: string): string =>
    `'${digit.repeat(8)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(12)}'`;
  await database.admin(`
    INSERT INTO notifications.message (tenant_id, request_id, state, code, detail, channel, recipient_id, channel_id, template,
      caused_by, content, requested_at, not_after, attempts, sender_id, provider, provider_message_id, created_at)
    VALUES ('tnt_a', ${uuid('1')}, 'held', 'no_evidence', 'it may have been sent', 'sms', 'per_ada', 'sms', 'missed_call',
        ${uuid('9')}, '{"said":{"subject":"s","text":"Missed call"}}', now(), '2026-03-05T13:00Z', 1, 'snd_sms', 'twilio', NULL, '2026-03-05T10:00Z'),
      ('tnt_a', ${uuid('2')}, 'accepted', NULL, NULL, 'email', 'per_ada', 'mail', 'missed_call',
        ${uuid('9')}, NULL, now(), '2026-03-05T13:00Z', 1, 'snd_mail', 'resend', 'mail-1', '2026-03-05T09:00Z'),
      ('tnt_b', ${uuid('3')}, 'held', NULL, NULL, 'sms', 'per_eve', 'sms', NULL, ${uuid('9')}, NULL, now(), now(), 0, NULL, NULL, NULL, now());
    INSERT INTO notifications.turn (request_id, tenant_id, due_at) SELECT request_id, tenant_id, now() + interval '1 day' FROM notifications.message;
    INSERT INTO notifications.attempt (tenant_id, request_id, n, sender_id, started_at, outcome, code, detail)
    VALUES ('tnt_a', ${uuid('1')}, 1, 'snd_sms', '2026-03-05T10:00Z', 'maybe', 'upstream_timeout', 'twilio messages.create: no answer')`);
});
afterAll(() => database?.drop());

const notifications = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(['notifications', ...words], {
    environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') },
  });

describe('notifications list', () => {
  it("has a tenant's messages, the newest first", async () => {
    const { messages } = json(await notifications('list', '--tenant', 'tnt_a', '--json'));

    expect(messages).toMatchObject([
      {
        requestId: held,
        state: 'held',
        code: 'no_evidence',
        channel: 'sms',
        recipient: 'per_ada',
        template: 'missed_call',
      },
      { requestId: accepted, state: 'accepted', channel: 'email' },
    ]);
  });

  it('has those of one state', async () => {
    const { messages } = json(await notifications('list', '--tenant', 'tnt_a', '--state', 'accepted', '--json'));

    expect(messages).toMatchObject([{ requestId: accepted }]);
  });
});

describe('notifications show', () => {
  it('tells why a message stands where it stands, what was said, and every call', async () => {
    const { stdout } = await notifications('show', held, '--tenant', 'tnt_a');

    expect(stdout).toMatch(/state +held\n/);
    expect(stdout).toMatch(/why +it may have been sent\n/);
    expect(stdout).toMatch(/said +Missed call\n/);
    expect(stdout).toContain('snd_sms: upstream_timeout, arrived: maybe: twilio messages.create: no answer');
  });

  it("has nothing of another tenant's", async () => {
    const { exitCode } = await notifications('show', `req_${'3'.repeat(32)}`, '--tenant', 'tnt_a');

    expect(exitCode).toBe(exitCodes.not_found.code);
  });
});

describe('the doctor', () => {
  it('tells of messages that wait for somebody', async () => {
    const workspace = createWorkspace(`version: 1
tenants: [{ id: tnt_a, name: A }]
sources: []
`);
    try {
      const environment = { TRUNKLINE_DATABASE_URL: database.urlOf('operator') };
      const { stdout } = await runCommandLine(['doctor', '--json'], { environment, directory: workspace.directory });

      const { checks } = JSON.parse(stdout) as { readonly checks: readonly { readonly name: string }[] };
      expect(checks.find(({ name }) => name === 'notifications')).toMatchObject({
        state: 'warning',
        detail: 'messages to people: 1 may have been sent, and nothing told so',
        fix: expect.stringContaining('trunkline notifications list --state held'),
      });
    } finally {
      workspace.remove();
    }
  });
});

describe('notifications decide', () => {
  it('leaves it to the service what becomes of a held message, with who decided and why', async () => {
    const decided = await notifications(
      'decide',
      held,
      'resend',
      '--reason',
      'there is none',
      '--tenant',
      'tnt_a',
      '--json',
    );

    expect(json(decided)).toMatchObject({ requestId: held, decision: 'resend', was: 'held' });
    expect(
      await database.admin('SELECT message_decision FROM notifications.turn WHERE message_decision IS NOT NULL'),
    ).toEqual([{ message_decision: 'resend' }]);
    expect(await database.admin('SELECT action, target, note, tenant FROM trunkline.audit')).toEqual([
      { action: 'notifications resend', target: held, note: 'there is none', tenant: 'tnt_a' },
    ]);
  });

  it('refuses what is accepted, and what is not there', async () => {
    const refused = await notifications('decide', accepted, 'resend', '--reason', 'why', '--tenant', 'tnt_a');
    const absent = await notifications(
      'decide',
      `req_${'3'.repeat(32)}`,
      'drop',
      '--reason',
      'why',
      '--tenant',
      'tnt_a',
    );

    expect(refused.stderr).toContain(`${accepted} is accepted`);
    expect(absent.exitCode).toBe(exitCodes.not_found.code);
  });
});
