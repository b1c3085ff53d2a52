import { randomBytes } from 'node:crypto';

import { encodeEvent } from '@trunkline/events';
import { sealedPayment } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import type { CommandResult } from './testing/run-command.ts';
import { openTestInstallation, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 120_000;

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

const trunkline = (...words: string[]): Promise<CommandResult> => installation.trunkline(...words);

describe('topics and schemas', () => {
  it('are as planned once they were applied, and applying again changes nothing', async () => {
    const again = await trunkline('topics', 'apply', '--json');
    const plan = await trunkline('topics', 'plan', '--json');

    expect(json(again)).toMatchObject({ created: [], corrected: [], inOrder: true });
    expect(plan.exitCode).toBe(0);
    expect(json(plan).topics.map((row: { topic: string }) => row.topic)).toContain('payments.dlt');
  });

  it('of another plan are reported as different, and the partitions of a topic are never changed', async () => {
    const plan = await trunkline('topics', 'plan', '--partitions', '5', '--json');
    const apply = await trunkline('topics', 'apply', '--partitions', '5');

    expect(plan.exitCode).toBe(exitCodes.refused.code);
    expect(json(plan).topics.find((row: { topic: string }) => row.topic === 'payments.payment.v1')).toMatchObject({
      state: 'differs',
    });
    expect(apply.exitCode).toBe(exitCodes.refused.code);
  });

  it('have the retry topics that the consumers were told of, and lag counts those', async () => {
    const tiers = ['--retry-tiers', '7s,1m'];
    const before = await trunkline('topics', 'plan', ...tiers, '--json');
    const applied = await trunkline('topics', 'apply', ...tiers, '--json');
    const lag = await trunkline('lag', 'payments', ...tiers, '--json');
    const read = [...new Set(json(lag).partitions.map(({ topic }: { topic: string }) => topic))];

    expect(before.exitCode).toBe(exitCodes.refused.code);
    expect(json(applied).created).toContain('payments.retry.7s');
    expect(read).toContain('payments.retry.7s');
    expect(read).not.toContain('payments.retry.1h');
  });

  it('in an empty namespace are missing, and the plan is refused until they are applied', async () => {
    const plan = await trunkline('topics', 'plan', '--namespace', `${installation.namespace}other.`, '--json');
    const check = await trunkline('schemas', 'check', '--namespace', `${installation.namespace}other.`, '--json');

    expect(plan.exitCode).toBe(exitCodes.refused.code);
    expect(json(plan).topics.every((row: { state: string }) => row.state === 'missing')).toBe(true);
    expect(check.exitCode).toBe(exitCodes.refused.code);
    expect(json(check).schemas.every((row: { state: string }) => row.state === 'missing')).toBe(true);
  });

  it('registered twice keep their ids', async () => {
    const before = await trunkline('schemas', 'check', '--json');
    const again = await trunkline('schemas', 'register', '--json');

    expect(before.exitCode).toBe(0);
    expect(json(again).schemas.every((row: { state: string }) => row.state === 'as before')).toBe(true);
    expect(json(again).schemas.map((row: { id: number }) => row.id)).toEqual(
      json(before).schemas.map((row: { id: number }) => row.id),
    );
  });
});

describe('rows', () => {
  it('shows the rows of the tenant that is named, and of nobody else', async () => {
    const sql = (tenant: string) => `INSERT INTO payments.note (tenant_id, text) VALUES ('${tenant}', 'of ${tenant}')`;
    await installation.database.admin(
      `CREATE TABLE payments.note (tenant_id text NOT NULL, text text);
       SET search_path TO payments; SELECT trunkline.isolate_tenants('note');
       CREATE VIEW payments.noted WITH (security_invoker = true) AS SELECT * FROM payments.note;
       GRANT SELECT ON payments.note, payments.noted TO PUBLIC; ${sql('tnt_a')}; ${sql('tnt_b')}`,
    );

    const shown = await trunkline('rows', 'payments.note', '--tenant', 'tnt_a', '--json');
    const text = await trunkline('rows', 'payments.note', '--tenant', 'tnt_b');
    const view = await trunkline('rows', 'payments.noted', '--tenant', 'tnt_a', '--json');
    const typo = await trunkline('rows', 'payments.notes', '--tenant', 'tnt_a');

    expect(json(shown)).toEqual({
      table: 'payments.note',
      tenant: 'tnt_a',
      rows: [{ tenant_id: 'tnt_a', text: 'of tnt_a' }],
    });
    expect(text.stdout).toContain('of tnt_b');
    expect(json(view).rows).toEqual([{ tenant_id: 'tnt_a', text: 'of tnt_a' }]);
    expect(typo.stderr).toContain('did you mean "payments.note"?');
  });
});

describe('the doctor', () => {
  it('finds topics, schemas and the role in order, and skips what nobody named', async () => {
    const { checks } = json(await trunkline('doctor', '--json'));
    const stateOf = (name: string): string => checks.find((check: { name: string }) => check.name === name)?.state;

    expect({
      kafka: stateOf('kafka'),
      topics: stateOf('topics'),
      schemas: stateOf('schemas'),
      role: stateOf('role'),
      clock: stateOf('clock'),
    }).toEqual({
      kafka: 'ok',
      topics: 'ok',
      schemas: 'ok',
      role: 'ok',
      clock: 'ok',
    });
    expect(stateOf('ingress')).toBe('skipped');
  });

  it('calls a superuser behind the services a fault', async () => {
    const { checks } = json(await trunkline('doctor', '--json', '--database-url', installation.database.adminUrl));

    expect(checks.find((check: { name: string }) => check.name === 'role')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('is a superuser'),
    });
  });
});

describe('trace', () => {
  it('draws the spans that Zipkin holds', async () => {
    const traceId = randomBytes(16).toString('hex');
    const rootId = randomBytes(8).toString('hex');
    const nowUs = Date.now() * 1_000;
    const span = {
      traceId,
      kind: 'SERVER',
      timestamp: nowUs,
      duration: 9_000,
      localEndpoint: { serviceName: 'ingress' },
    };
    const posted = await fetch(`${inject('stack').zipkinUrl}/api/v2/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { ...span, id: rootId, name: 'post /hooks' },
        {
          ...span,
          id: randomBytes(8).toString('hex'),
          parentId: rootId,
          kind: 'CONSUMER',
          name: 'process payments',
          timestamp: nowUs + 4_000,
          duration: 2_000,
          localEndpoint: { serviceName: 'payments' },
        },
      ]),
    });
    expect(posted.status).toBe(202);

    // Zipkin answers before it has stored.
    await expect.poll(() => trunkline('trace', traceId), { timeout: 60_000 }).toMatchObject({ exitCode: 0 });

    const drawn = await trunkline('trace', traceId);

    expect(drawn.stdout).toMatch(/post \/hooks +ingress +9\.00 ms/);
    expect(drawn.stdout).toMatch(/└─ process payments +payments +2\.00 ms/);
    expect(drawn.stdout).toContain(`/zipkin/traces/${traceId}`);
  });

  it('says of one that was not sampled that nothing of it was kept, whether it is named or an event of it', async () => {
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-00`;
    const event = sealedPayment('pi_unsampled', Date.now());
    await installation.publish(encodeEvent(installation.codec, event, { traceparent }));

    const byEvent = await trunkline('trace', event.eventId);
    const byParent = await trunkline('trace', traceparent);

    for (const told of [byEvent, byParent]) {
      expect(told.exitCode).toBe(exitCodes.not_found.code);
      expect(told.stderr).toContain(`${traceId} was not sampled`);
    }
  });
});
