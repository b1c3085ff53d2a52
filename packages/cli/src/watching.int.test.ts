import { headerName } from '@trunkline/events';
import { createPump, createTopicAdmin, readRecordAt } from '@trunkline/kafka';
import { groupNamed } from '@trunkline/operations';
import { startHttpServer } from '@trunkline/operations/testing';
import { sealedPayment } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { jsonLines } from './testing/json-output.ts';
import { type CommandResult, runCommandLine } from './testing/run-command.ts';
import { createScreen } from './testing/screen.ts';
import { deadLetterOf, openTestInstallation, recordOf, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 120_000;
const poll = { timeout: 60_000, interval: 20 };
const topic = 'payments.payment.v1';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

const trunkline = (...words: string[]): Promise<CommandResult> => installation.trunkline(...words);

async function publishPayment(paymentId: string): Promise<string> {
  const event = sealedPayment(paymentId, Date.now());
  await installation.publish(recordOf(installation.codec, event));
  return event.eventId;
}

describe('lag', () => {
  it('says per partition what waits and since when, with the dead letters apart and a total', async () => {
    await installation.publish(deadLetterOf(installation.codec, sealedPayment('pi_dead', Date.now())));
    // Twice on one partition: the first of them is the oldest.
    await publishPayment('pi_waits');
    await publishPayment('pi_waits');

    const shown = await trunkline('lag', 'payments', '--json');
    const text = await trunkline('lag', 'payments');

    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    const { at, partitions, letters, standing, total, gaps } = JSON.parse(shown.stdout);
    const waiting = partitions.filter((row: { lag: string }) => row.lag !== '0');
    expect(gaps).toEqual([]);
    expect(waiting).toEqual([
      {
        group: 'payments',
        kind: 'main',
        topic,
        partition: expect.any(Number),
        end: '2',
        lag: '2',
        oldestAgeMs: expect.any(Number),
      },
    ]);
    expect(letters).toEqual([{ group: 'payments', topic: 'payments.dlt', open: 1, onTopic: 1 }]);
    expect(standing).toEqual([]);
    const oldest = await readRecordAt(installation.connection, topic, waiting[0].partition, 0n);
    expect(total).toEqual({
      waiting: '2',
      openLetters: 1,
      oldestAgeMs: Date.parse(at) - (oldest?.timestampMs ?? Number.NaN),
    });
    expect(waiting[0].oldestAgeMs).toBe(total.oldestAgeMs);
    expect(text.stdout).toMatch(/^total +waiting +2 /m);
    expect(text.stdout).toContain('dead letters of payments: 1 open of 1 on the topic');
    expect(text.stdout).not.toContain('payments.refund.v1');
  });

  it('shows what a group has committed, and nothing of what it has finished', async () => {
    await consumeAll('payments');
    await publishPayment('pi_after');

    const { partitions } = JSON.parse((await trunkline('lag', 'payments', '--json')).stdout);

    const waiting = partitions.filter((row: { kind: string; lag: string }) => row.kind === 'main' && row.lag !== '0');
    expect(waiting).toHaveLength(1);
    expect(BigInt(waiting[0].end) - BigInt(waiting[0].committed)).toBe(1n);
  });

  it('that is watched is a document a line off a terminal, until Ctrl-C', async () => {
    const leaving = new AbortController();
    const stdout = createScreen();
    const { environment } = installation;
    const watching = runCommandLine(['lag', 'telephony', '--watch'], { environment, stdout, signal: leaving.signal });
    await vi.waitUntil(() => stdout.text().split('\n').length > 2, poll);

    leaving.abort();

    const ended = await watching;
    expect(ended.exitCode).toBe(0);
    expect(jsonLines(ended)[1]).toMatchObject({ total: { waiting: '0' } });
  });
});

describe('outboxes', () => {
  it('stand in lag on a line of their own, and the doctor warns of one that nobody empties', async () => {
    await installation.database.admin(
      `INSERT INTO payments.outbox (shard, record_id, tenant_id, topic, key, value, headers, created_at)
       SELECT 3, gen_random_uuid(), 'tnt_a', 'notifications.request.v1', 'k', 'v', '{}', now() - age
       FROM unnest(ARRAY[interval '0', interval '2 minutes']) AS age`,
    );

    const { outboxes, gaps } = JSON.parse((await trunkline('lag', '--json')).stdout);
    const text = await trunkline('lag');
    const { checks } = JSON.parse((await trunkline('doctor', '--json')).stdout);

    expect(gaps).toEqual([]);
    expect(outboxes).toContainEqual({ group: 'payments', waiting: 2, oldestAgeMs: expect.any(Number) });
    expect(outboxes).toContainEqual({ group: 'telephony', waiting: 0 });
    expect(text.stdout).toMatch(/^outbox of payments: 2 records, the oldest for 2 min \d+ s$/m);
    expect(text.stdout).not.toContain('outbox of telephony');
    expect(checks).toContainEqual({
      name: 'outbox',
      state: 'warning',
      detail: expect.stringMatching(/^not published: payments: 2 records, the oldest for 2 min \d+ s$/),
      fix: expect.stringContaining('relay_waits'),
    });
    await installation.database.empty('payments.outbox');
  });
});

describe('open dead letters', () => {
  it('are one number in dlq list, lag, monitor and doctor, also when some are done since', async () => {
    const done = sealedPayment('pi_done_since', Date.now());
    await installation.publish(deadLetterOf(installation.codec, done));
    await installation.markDone(done, { topic, partition: 0, offset: '1' });
    const ingress = await startHttpServer((_request, response) => response.end(''));

    const list = JSON.parse((await trunkline('dlq', 'list', 'payments', '--json')).stdout);
    const lag = JSON.parse((await trunkline('lag', 'payments', '--json')).stdout);
    const monitored = await trunkline('monitor', '--once', '--json', '--ingress-url', ingress.url);
    const { checks } = JSON.parse((await trunkline('doctor', '--json')).stdout);
    await ingress.stop();

    const count = { open: 1, onTopic: 2 };
    expect(list).toMatchObject(count);
    expect(lag.letters).toMatchObject([count]);
    expect(JSON.parse(monitored.stdout).groups).toContainEqual(
      expect.objectContaining({ group: 'payments', openLetters: 1, lettersOnTopic: 2 }),
    );
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'dlq', detail: 'payments 1 open of 2 on the topic' }),
    );
  });
});

describe('the doctor', () => {
  it('tells of dead letters that nobody has dealt with', async () => {
    const { checks } = JSON.parse((await trunkline('doctor', '--json')).stdout);

    expect(checks).toContainEqual({
      name: 'dlq',
      state: 'warning',
      detail: 'payments 1 open of 2 on the topic',
      fix: expect.stringContaining('trunkline dlq list payments'),
    });
  });
});

describe('events tail', () => {
  it('prints each record with its place, time, type, tenant, key and id, decoded with --json', async () => {
    const from = new Date().toISOString();
    const eventId = await publishPayment('pi_tailed');

    const words = ['events', 'tail', topic, '--from', from, '--limit', '1'];
    const json = await trunkline(...words, '--json');
    const text = await trunkline(...words);

    expect(json.exitCode).toBe(0);
    expect(jsonLines(json)).toEqual([
      expect.objectContaining({
        topic,
        eventId,
        type: 'payments.payment.succeeded',
        tenantId: 'tnt_test',
        key: expect.stringContaining('pi_tailed'),
        record: expect.objectContaining({ amount: 4990 }),
      }),
    ]);
    expect(text.stdout).toContain(eventId);
    expect(text.stdout).toContain('tnt_test');
  });

  it('shows a record that cannot be read, and those after it', async () => {
    const from = new Date().toISOString();
    const key = Buffer.from('tnt_test:odd');
    const headers = { [headerName.type]: 'payments.payment.succeeded' };
    await installation.publish({ topic, key, value: Buffer.from('not Avro'), headers });
    const eventId = await publishPayment('pi_behind');

    const tailed = await trunkline('events', 'tail', '--from', from, '--limit', '2', '--json');

    const records = jsonLines(tailed);
    expect(records).toContainEqual(expect.objectContaining({ eventId, record: expect.anything() }));
    expect(records).toContainEqual(
      expect.objectContaining({ key: 'tnt_test:odd', tenantId: 'tnt_test', undecodable: expect.any(String) }),
    );
  });

  it('shows only the type and the tenant that were asked for', async () => {
    const from = new Date().toISOString();
    const key = Buffer.from('tnt_other:x');
    const type = 'payments.payment.succeeded';
    await publishPayment('pi_of_another_tenant');
    for (const other of ['payments.payment.failed', type])
      await installation.publish({ topic, key, value: Buffer.from('x'), headers: { [headerName.type]: other } });

    const words = ['events', 'tail', topic, '--from', from, '--limit', '1', '--json'];
    const tailed = await trunkline(...words, '--tenant', 'tnt_other', '--type', type);

    expect(jsonLines(tailed)).toMatchObject([{ tenantId: 'tnt_other', type }]);
  });

  it('decodes a dead letter by the topic it comes from', async () => {
    // Two are there, on partitions of which either may be read first.
    const tailed = await trunkline('events', 'tail', 'payments.dlt', '--from', 'beginning', '--limit', '2', '--json');

    const entities = jsonLines(tailed).map(({ topic: shown, record }) => [shown, record.metadata.entityId]);
    expect(entities).toContainEqual(['payments.dlt', 'pi_dead']);
  });

  it('begins with what comes now, and ends with 0 at Ctrl-C', async () => {
    const leaving = new AbortController();
    const [stdout, stderr] = [createScreen(), createScreen()];
    const { environment } = installation;
    const tailing = runCommandLine(['events', 'tail', topic], { environment, stdout, stderr, signal: leaving.signal });
    // It says so once the places are settled where it begins.
    await vi.waitUntil(() => stderr.text() !== '', poll);
    const eventId = await publishPayment('pi_now');
    await vi.waitUntil(() => stdout.text().includes(eventId), poll);

    leaving.abort();

    const { exitCode, stdout: shown } = await tailing;
    expect(exitCode).toBe(0);
    expect(shown.trimEnd().split('\n')).toHaveLength(1);
  });

  it('that was to show more than came ends with 130 at Ctrl-C', async () => {
    const leaving = new AbortController();
    const stderr = createScreen();
    const { environment } = installation;
    const words = ['events', 'tail', topic, '--limit', '5'];
    const tailing = runCommandLine(words, { environment, stderr, signal: leaving.signal });
    await vi.waitUntil(() => stderr.text() !== '', poll);

    leaving.abort();

    expect((await tailing).exitCode).toBe(exitCodes.interrupted.code);
  });

  it('of a topic that this build does not have names it', async () => {
    const { exitCode, stderr } = await trunkline('events', 'tail', 'payments.payment.v2');

    expect(exitCode).toBe(exitCodes.not_found.code);
    expect(stderr).toContain('payments.payment.v2');
  });
});

/** Reads the topics of a group to their end in its name, and commits. */
async function consumeAll(group: string): Promise<void> {
  const topics = groupNamed(group)?.topics ?? [];
  const admin = createTopicAdmin(installation.connection);
  const pump = createPump(installation.connection, {
    groupId: group,
    topics,
    process: () => Promise.resolve(),
    maxBytesInFlight: 1_000_000,
    onFatal: () => undefined,
  });
  await pump.start();
  await vi.waitFor(async () => {
    await pump.idle();
    const left = await admin.groupLag(group, topics);
    expect(left.every(({ lag }) => lag === 0n)).toBe(true);
  }, poll);
  await pump.stop({ deadlineMs: 5_000 });
  await admin.close();
}
