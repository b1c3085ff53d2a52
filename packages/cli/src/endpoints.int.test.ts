import { createDeliveryDatabase } from '@trunkline/delivery/testing';
import { hostileUrls } from '@trunkline/http-client/testing';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';

const eventId = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const key = Buffer.alloc(32, 7).toString('base64');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDeliveryDatabase(inject('stack').postgresAdminUrl);
});
afterAll(() => database.drop());

const trunkline = (...words: string[]): Promise<CommandResult> =>
  runCommandLine(words, {
    environment: {
      TRUNKLINE_DATABASE_URL: database.urlOf('operator'),
      TRUNKLINE_VAULT_KEY: key,
      TRUNKLINE_ACTOR: 'alex',
    },
  });

interface Created {
  readonly endpointId: string;
  readonly secret: string;
}

async function create(...words: string[]): Promise<Created> {
  const made = await trunkline(
    'endpoints',
    'create',
    '--tenant',
    'tnt_a',
    '--url',
    'https://acme.example/hooks',
    ...words,
    '--json',
  );
  return json(made) as unknown as Created;
}

/** Writes a message as the service does, and what became of it at an endpoint. */
async function message(id: string, endpointId: string, verdict: string): Promise<void> {
  await database.admin(
    `INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
     VALUES (now(), $1::uuid, 'tnt_a', 'payments.payment.succeeded', now(), '{}', $2, jsonb_build_object($3::text, $4::text))`,
    [id.slice('evt_'.length), verdict === 'matched' ? 1 : 0, endpointId, verdict],
  );
}

describe('endpoints create', () => {
  it('shows the secret once; nothing else of the command line can read it', async () => {
    const { endpointId, secret } = await create('--types', 'payments.*');

    const shown = await trunkline('endpoints', 'show', endpointId, '--json');
    const sealed = await database.admin<{ sealed: Buffer }>('SELECT sealed FROM delivery.endpoint_secret');
    const asOperator = database
      .open({ connectionString: database.urlOf('operator') })
      .transaction(['tnt_a'], (tx) => tx.query('SELECT sealed FROM delivery.endpoint_secret'));

    expect(() => new Webhook(secret)).not.toThrow();
    expect(json(shown)).toMatchObject({
      endpointId,
      tenantId: 'tnt_a',
      types: ['payments.*'],
      format: 'standard',
      state: 'enabled',
      createdBy: 'alex',
      secrets: [{ generation: 1, kind: 'hmac', signsUntil: null }],
    });
    expect(shown.stdout).not.toContain(secret.slice(6));
    expect(sealed[0]?.sealed.toString('latin1')).not.toContain(secret.slice(6));
    await expect(asOperator).rejects.toThrow(/permission denied/);
  });

  it.each([
    ['a type that no event has', ['--types', 'payments.payment.suceeded'], 'no event has a type like'],
    ['a schedule that does not begin at once', ['--types', '**', '--schedule', '5,10'], 'a schedule is standard'],
  ])('refuses %s', async (_, words, problem) => {
    const url = ['--url', 'https://acme.example/hooks'];

    const refused = await trunkline('endpoints', 'create', '--tenant', 'tnt_a', ...url, ...words);

    expect(refused.exitCode).toBe(exitCodes.usage.code);
    expect(refused.stderr).toContain(problem);
  });

  it('says what to set where it has no key to seal with', async () => {
    const refused = await runCommandLine(
      ['endpoints', 'create', '--tenant', 'tnt_a', '--url', 'https://acme.example/', '--types', '**'],
      { environment: { TRUNKLINE_DATABASE_URL: database.urlOf('operator') } },
    );

    expect(refused.stderr).toContain('set TRUNKLINE_VAULT_KEY');
  });
});

describe('the URL of an endpoint', () => {
  // Which networks the service may call, and plain http in them, the command line does not know: that is said at the request.
  const never = hostileUrls.filter(([url, reason]) => reason !== 'address' && !url.startsWith('http:'));
  const saysWhy = { exitCode: exitCodes.usage.code, stderr: expect.stringMatching(/never posted to: .{20}/) };

  it.each(never)('is not %s when one is made: %s', async (url) => {
    const refused = await trunkline('endpoints', 'create', '--tenant', 'tnt_a', '--types', '**', `--url=${url}`);

    expect(refused).toMatchObject(saysWhy);
  });

  describe('of one that is edited', () => {
    let endpointId: string;
    beforeAll(async () => {
      ({ endpointId } = await create('--types', '**'));
    });

    it.each(never)('does not become %s: %s', async (url) => {
      expect(await trunkline('endpoints', 'edit', endpointId, `--url=${url}`)).toMatchObject(saysWhy);
    });
  });
});

describe('an endpoint', () => {
  it('gets another secret, is disabled, enabled and deleted, and all of it stands in the audit', async () => {
    const { endpointId, secret } = await create('--types', '**', '--signing', 'ed25519');

    const rotated = json(await trunkline('endpoints', 'rotate', endpointId, '--overlap', '1h', '--json'));
    await trunkline('endpoints', 'disable', endpointId, '--reason', 'moving');
    const disabled = await trunkline('endpoints', 'list');
    await trunkline('endpoints', 'enable', endpointId);
    const shown = json(await trunkline('endpoints', 'show', endpointId, '--json'));
    await trunkline('endpoints', 'delete', endpointId);
    const gone = await trunkline('endpoints', 'rotate', endpointId);

    expect(secret).toMatch(/^whpk_/);
    expect(rotated).toMatchObject({ secret: expect.stringMatching(/^whpk_/), oldSignsUntil: expect.any(String) });
    expect(disabled.stdout).toMatch(/acme\.example .*disabled: moving/);
    expect(disabled.stdout).not.toContain('/hooks');
    expect(shown).toMatchObject({
      state: 'enabled',
      secrets: [
        { generation: 2, kind: 'ed25519', signsUntil: null },
        { generation: 1, signsUntil: expect.any(String) },
      ],
    });
    expect(gone.exitCode).toBe(exitCodes.not_found.code);
    const audit = await database.admin(
      `SELECT action, actor, note FROM trunkline.audit WHERE target = $1 ORDER BY seq`,
      [endpointId],
    );
    expect(audit).toEqual([
      { action: 'endpoints create', actor: 'alex', note: '' },
      { action: 'endpoints rotate', actor: 'alex', note: '' },
      { action: 'endpoints disable', actor: 'alex', note: 'moving' },
      { action: 'endpoints enable', actor: 'alex', note: '' },
      { action: 'endpoints delete', actor: 'alex', note: '' },
    ]);
  });
});

describe('a filter', () => {
  it('is set, shown and changed; one that does not fit is refused with the place', async () => {
    const { endpointId } = await create('--types', 'payments.payment.*', '--filter', 'data.amount > 1000');

    const shown = await trunkline('endpoints', 'show', endpointId);
    const refused = await trunkline('endpoints', 'edit', endpointId, '--filter', 'data.amout > 1000');
    await trunkline('endpoints', 'edit', endpointId, '--filter', '');
    const without = json(await trunkline('endpoints', 'show', endpointId, '--json'));

    expect(shown.stdout).toMatch(/filter +data\.amount > 1000/);
    expect(refused.exitCode).toBe(exitCodes.usage.code);
    expect(refused.stderr).toContain('line 1, column 6: data has no field "amout"');
    expect(without).toMatchObject({ filter: '', filterFailure: null });
  });

  it('is tried against what came before it is set', async () => {
    await database.admin(
      `INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
       SELECT now(), gen_random_uuid(), 'tnt_tried', 'payments.payment.succeeded', now(),
         convert_to(jsonb_build_object('data', jsonb_build_object('amount', n))::text, 'UTF8'), 0, '{}' FROM generate_series(1, 50) AS n`,
    );
    const words = [
      'endpoints',
      'check',
      '--tenant',
      'tnt_tried',
      '--types',
      'payments.payment.*',
      '--filter',
      'data.amount > 40',
    ];

    const tried = await trunkline(...words, '--last', '50');

    expect(tried.stdout).toContain('would have matched 10 of 50');
  });
});

describe('what was not delivered', () => {
  it('is listed with its reason, counted, and sent again', async () => {
    const { endpointId } = await create('--types', 'payments.*');
    await message(eventId, endpointId, 'disabled');
    await database.admin(
      `INSERT INTO delivery.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, outcome, cause)
       SELECT now(), event_id, $1::uuid, 0, tenant_id, type, accepted_at, 'disabled', 0, 'skipped', 'event'
       FROM delivery.message WHERE event_id = $2::uuid`,
      [endpointId.slice('ep_'.length), eventId.slice('evt_'.length)],
    );
    const other = 'evt_1df4d2a89ec9555892fa8429765b856f';
    await message(other, endpointId, 'type');

    const listed = json(await trunkline('undelivered', '--tenant', 'tnt_a', '--json'));
    const counted = await trunkline('undelivered', '--tenant', 'tnt_a', '--summary');
    const resent = await trunkline('resend', eventId, '--json');
    const waiting = json(await trunkline('undelivered', '--tenant', 'tnt_a', '--endpoint', endpointId, '--json'));
    const shown = await trunkline('messages', 'show', eventId);
    const messages = await trunkline('messages', 'list', '--tenant', 'tnt_a');

    const { undelivered } = listed as {
      readonly undelivered: readonly { readonly eventId: string; readonly reason: string }[];
    };
    expect(new Map(undelivered.map((one) => [one.eventId, one.reason]))).toEqual(
      new Map([
        [eventId, 'skipped/disabled'],
        [other, 'unmatched/type'],
      ]),
    );
    expect(counted.stdout).toMatch(/skipped\/disabled +1/);
    expect(json(resent)).toEqual({ event: eventId, tenant: 'tnt_a', endpoints: [endpointId] });
    expect(waiting).toMatchObject({ undelivered: [{ eventId, endpointId, reason: 'waiting/new' }] });
    expect(shown.stdout).toContain('skipped');
    expect(messages.stdout).toContain(eventId);
  });

  it('cannot be sent again where nothing is kept of it', async () => {
    const resent = await trunkline('resend', 'evt_00000000000000000000000000000000');

    expect(resent.exitCode).toBe(exitCodes.not_found.code);
  });
});
