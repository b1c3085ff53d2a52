import { keyIdOf } from '@trunkline/consumer';
import { listAudit } from '@trunkline/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import type { CommandResult } from './testing/run-command.ts';
import { openTestInstallation, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 120_000;
const topic = 'telephony.message.v1';
const key = 'tnt_a:twilio:AC1:thread:1a4b';
const uuids = ['11111111-1111-5111-8111-111111111111', '22222222-2222-5222-8222-222222222222'];

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

beforeEach(async () => {
  const { database } = installation;
  const id = keyIdOf(topic, key);
  await database.empty('payments.blocked_key', 'payments.parked');
  await database.admin(
    `INSERT INTO payments.blocked_key (key_id, tenant_id, topic, record_key, state, head_id, attempts, code, due_at, waiting)
     VALUES ($1, 'tnt_a', $2, $3, 'retrying', $4, 2, 'upstream_5xx', now() + interval '1 minute', 2)`,
    [id, topic, key, uuids[0]],
  );
  await database.admin(
    `INSERT INTO payments.parked (key_id, part, off, event_id, tenant_id, key, value, headers, bytes, first_append_at)
     SELECT $1, 3, 9 + n, event_id, 'tnt_a', 'k', 'v', '{}', 2, now() FROM unnest($2::uuid[]) WITH ORDINALITY AS given (event_id, n)`,
    [id, uuids],
  );
});

const trunkline = (...words: string[]): Promise<CommandResult> => installation.trunkline(...words);
const decisions = async () => installation.database.admin('SELECT key_decision FROM payments.blocked_key');

describe('keys', () => {
  it('are listed with what waits in them, and what the first failed with', async () => {
    const listed = await trunkline('keys', 'list', 'payments', '--json');
    const text = await trunkline('keys', 'list', 'payments');

    expect(json(listed).keys).toMatchObject([
      { recordKey: key, state: 'retrying', waiting: 2, code: 'upstream_5xx', attempts: 2 },
    ]);
    expect(text.stdout).toContain(`trunkline keys show payments '${key}'`);
  });

  it('are shown by their text or their id, with their events in their order', async () => {
    const byText = await trunkline('keys', 'show', 'payments', key, '--json');
    const byId = await trunkline('keys', 'show', 'payments', keyIdOf(topic, key));

    expect(json(byText).events).toMatchObject([
      { recordId: `evt_${uuids[0]?.replaceAll('-', '')}`, partition: 3, offset: '10', state: 'waiting' },
      { recordId: `evt_${uuids[1]?.replaceAll('-', '')}`, partition: 3, offset: '11', state: 'waiting' },
    ]);
    expect(byId.stdout).toContain('upstream_5xx');
  });

  it.each(['release', 'skip'])('are told to %s, with who and why in the audit', async (decision) => {
    const told = await trunkline('keys', decision, 'payments', key, '--reason', 'it is mended');

    expect(told.exitCode).toBe(exitCodes.ok.code);
    expect(await decisions()).toEqual([{ key_decision: decision }]);
    const operator = installation.database.open({ connectionString: installation.database.urlOf('operator') });
    const audit = await operator.transaction([], (tx) => listAudit(tx, { limit: 1 }));
    expect(audit[0]).toMatchObject({
      action: `keys ${decision}`,
      tenant: 'tnt_a',
      target: keyIdOf(topic, key),
      note: 'it is mended',
    });
  });

  it('behind a dead letter are not skipped: the letter is there already', async () => {
    await installation.database.admin(`UPDATE payments.blocked_key SET state = 'held'`);

    const told = await trunkline('keys', 'skip', 'payments', key, '--reason', 'a test');

    expect(told.exitCode).not.toBe(exitCodes.ok.code);
    expect(told.stderr).toContain('keys release');
    expect(await decisions()).toEqual([{ key_decision: null }]);
  });

  it('of which nothing waits are not found', async () => {
    const shown = await trunkline('keys', 'show', 'payments', 'tnt_a:nobody');

    expect(shown.exitCode).toBe(exitCodes.not_found.code);
  });
});
