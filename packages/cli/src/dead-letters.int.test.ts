import { headerName, letterId } from '@trunkline/events';
import { type OutgoingRecord, readRecords } from '@trunkline/kafka';
import { sealedPayment } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { shownBytes } from './dead-letters/show.ts';
import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import type { CommandResult } from './testing/run-command.ts';
import { deadLetterOf, openTestInstallation, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 120_000;

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

const trunkline = (...words: string[]): Promise<CommandResult> => installation.trunkline(...words);

describe('dlq show', () => {
  it('says why an event died, what was tried, what it holds, where it was, and how to send it back', async () => {
    const event = sealedPayment('pi_shown', Date.now());
    const dead = deadLetterOf(installation.codec, event);
    await installation.publish(retryOf(dead));
    await installation.publish(dead);

    const shown = await trunkline('dlq', 'show', event.eventId, '--json');
    const text = await trunkline('dlq', 'show', event.eventId);

    expect(shown.exitCode).toBe(0);
    expect(json(shown).letters).toMatchObject([
      {
        group: 'payments',
        id: letterId({ group: 'payments', recordId: event.eventId }),
        eventId: event.eventId,
        state: 'open',
        tooOld: false,
        place: { topic: 'payments.dlt' },
        original: { topic: 'payments.payment.v1', partition: '0', offset: '999999' },
        failure: { kind: 'permanent', code: 'upstream_4xx', message: 'the bank said no' },
        attempts: 2,
        history: [
          { step: 'retry', attempts: 1, code: 'upstream_5xx' },
          { step: 'dead letter', attempts: 2, code: 'upstream_4xx' },
        ],
        headers: { [headerName.subject]: 'payment/pi_shown' },
        event: { metadata: { entityId: 'pi_shown' }, amount: 4990 },
        redrive: `trunkline dlq redrive payments --id ${letterId({ group: 'payments', recordId: event.eventId })}`,
      },
    ]);
    expect(json(shown).letters[0].undecodable).toBeUndefined();
    expect(text.stdout).toContain('the bank said no');
    expect(text.stdout).toMatch(/trunkline dlq redrive payments --id ltr_\w+ --dry-run/);
    expect(text.stdout).toContain(`trunkline events show ${event.eventId}`);
  });

  it('shows the first bytes of what cannot be decoded, found by its place on either topic', async () => {
    const value = Buffer.concat([Buffer.from('no Avro: \u001b[2J'), Buffer.alloc(10_000, 0xee)]);
    const poison: OutgoingRecord = {
      topic: 'payments.dlt',
      key: Buffer.from('by-hand'),
      value,
      headers: {
        [headerName.originalTopic]: 'payments.payment.v1',
        [headerName.originalPartition]: '1',
        [headerName.originalOffset]: '4711',
        [headerName.failureKind]: 'poison',
        [headerName.exceptionCode]: 'decode_failed',
      },
    };
    await installation.publish(poison);

    const byOrigin = json(await trunkline('dlq', 'show', 'payments.payment.v1', '1', '4711', '--json')).letters;
    const [{ place }] = byOrigin;
    const words = ['dlq', 'show', place.topic, String(place.partition), place.offset];
    const byPlace = json(await trunkline(...words, '--json')).letters;
    const text = await trunkline(...words);

    expect(byPlace).toEqual(byOrigin);
    expect(byPlace).toMatchObject([
      {
        id: letterId({ group: 'payments', place: { topic: 'payments.payment.v1', partition: 1, offset: 4711n } }),
        undecodable: { bytes: value.length, hex: value.subarray(0, shownBytes).toString('hex') },
        discard: expect.stringContaining('trunkline dlq discard payments --id ltr_'),
      },
    ]);
    expect(byPlace[0].redrive).toBeUndefined();
    expect(text.stdout).toContain('no Avro: .[2J');
    expect(text.stdout).not.toContain('\u001b');
  });

  it('masks what is personal unless somebody asks for it, which is audited, and says where bytes stop being a record', async () => {
    const event = sealedPayment('pi_masked', Date.now());
    const dead = deadLetterOf(installation.codec, event);
    const payerEmail = 'payer@shop.example';
    const value = installation.codec.encode('payments.payment.v1', { ...event.record, payerEmail });
    const cut = deadLetterOf(installation.codec, sealedPayment('pi_cut', Date.now()));
    await installation.publish({ ...dead, value }, { ...cut, value: cut.value?.subarray(0, 10) ?? null });
    const id = letterId({ group: 'payments', recordId: event.eventId });

    const shown = json(await trunkline('dlq', 'show', id, '--json')).letters;
    const revealed = json(await trunkline('dlq', 'show', id, '--reveal', '--json')).letters;
    const unreadable = json(await trunkline('dlq', 'show', cut.headers[headerName.id] ?? '', '--json')).letters;

    expect([shown[0].event.payerEmail, revealed[0].event.payerEmail]).toEqual(['‹personal›', payerEmail]);
    const audited = await installation.database.admin("SELECT target FROM trunkline.audit WHERE action = 'dlq reveal'");
    expect(audited).toEqual([{ target: id }]);
    expect(unreadable[0].undecodable.failure).toEqual({ path: 'metadata.eventId', byte: 5, reason: 'ends_early' });
  });

  it('has nothing to advise for an event that was done since', async () => {
    const event = sealedPayment('pi_done', Date.now());
    await installation.publish(deadLetterOf(installation.codec, event));
    await installation.markDone(event, { topic: 'payments.payment.v1', partition: 0, offset: '1' });

    const shown = await trunkline('dlq', 'show', event.eventId, '--json');
    const text = await trunkline('dlq', 'show', event.eventId);

    expect(json(shown).letters).toMatchObject([{ state: 'applied' }]);
    expect(json(shown).letters[0].redrive).toBeUndefined();
    expect(text.stdout).not.toContain('dlq redrive');
  });

  it.each([[['payments.dlt', '0', '123456']], [['payments.payment.v1', '0', '123456']], [[`evt_${'9'.repeat(32)}`]]])(
    'does not find %j',
    async (what) => {
      const shown = await trunkline('dlq', 'show', ...what, '--json');

      expect(shown.exitCode).toBe(exitCodes.not_found.code);
    },
  );
});

describe('dead letters', () => {
  it('are listed and sent back by type, tenant and time', async () => {
    const event = sealedPayment('pi_filtered', Date.now());
    const other = sealedPayment('pi_other', Date.now());
    const dead = deadLetterOf(installation.codec, event);
    await installation.publish(
      { ...dead, headers: { ...dead.headers, [headerName.source]: '/tenants/tnt_other/sources/src_x' } },
      deadLetterOf(installation.codec, other),
    );
    const narrow = ['--tenant', 'tnt_other', '--type', 'payments.payment.succeeded'];

    const listed = await trunkline('dlq', 'list', 'payments', ...narrow, '--since', '5m', '--json');
    const early = await trunkline('dlq', 'list', 'payments', ...narrow, '--until', '5m', '--json');
    const dry = await trunkline(
      'dlq',
      'redrive',
      'payments',
      '--all',
      ...narrow,
      '--since',
      '5m',
      '--dry-run',
      '--json',
    );
    const sent = await trunkline('dlq', 'redrive', 'payments', '--all', ...narrow, '--rate', '500/s', '--json');

    const id = letterId({ group: 'payments', recordId: event.eventId });
    expect(json(listed).letters).toMatchObject([{ id, eventId: event.eventId, tenant: 'tnt_other' }]);
    expect(json(early).letters).toEqual([]);
    expect(json(dry)).toMatchObject({ dryRun: true, sent: [id] });
    expect(json(sent)).toMatchObject({ dryRun: false, sent: [id] });
    expect(await installation.read('payments.redrive', event.eventId)).toHaveLength(1);
    expect(await installation.read('payments.redrive', other.eventId)).toEqual([]);
  });
});

describe('a dead letter without an event id', () => {
  it.each<[string, Buffer | null]>([
    ['a tombstone', null],
    ['zero bytes', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"json":1}')],
  ])('of %s stays one letter however often it is sent back', async (name, value) => {
    const offset = String(1_000 + name.length);
    const headers = {
      [headerName.originalTopic]: 'payments.refund.v1',
      [headerName.originalPartition]: '0',
      [headerName.originalOffset]: offset,
      [headerName.exceptionCode]: 'decode_failed',
      [headerName.failureKind]: 'poison',
    };
    await installation.publish({ topic: 'payments.dlt', key: Buffer.from('k'), value, headers });
    const place = `payments.refund.v1/0/${offset}`;
    const before = await letterNamed(place);

    await dieAgain(place);
    await dieAgain(place);

    expect(await letterNamed(place)).toMatchObject({ id: before.id, state: 'open', copies: 3, redriveCount: 2 });
  });

  it('is counted once, put aside with a reason, and opened again', async () => {
    const headers = { [headerName.exceptionCode]: 'decode_failed' };
    await installation.publish({
      topic: 'payments.dlt',
      key: Buffer.from('by-hand'),
      value: Buffer.from('x'),
      headers,
    });
    const { letters, open } = json(await trunkline('dlq', 'list', 'payments', '--json'));
    const { id } = letters.find(({ key }: { key: string }) => key === 'by-hand');

    const discarded = await trunkline('dlq', 'discard', 'payments', '--id', id, '--reason', 'not ours', '--json');
    const twice = await trunkline('dlq', 'discard', 'payments', '--id', id, '--reason', 'not ours');
    const without = json(await trunkline('dlq', 'list', 'payments', '--json'));
    const refused = await trunkline('dlq', 'redrive', 'payments', '--id', id, '--json');
    const shown = json(await trunkline('dlq', 'show', id, '--json')).letters;
    await trunkline('dlq', 'reopen', 'payments', '--id', id, '--reason', 'it was ours');
    const again = json(await trunkline('dlq', 'list', 'payments', '--json'));

    expect(json(discarded)).toMatchObject({ decided: [id], leftAlone: [], reason: 'not ours' });
    expect(twice.stdout).toMatch(/left alone +1 discarded/);
    expect(without).toMatchObject({ open: open - 1, discarded: 1 });
    expect(refused.exitCode).toBe(exitCodes.refused.code);
    expect(json(refused)).toMatchObject({ sent: [], discarded: [id] });
    expect(shown).toMatchObject([{ state: 'discarded', decision: { reason: 'not ours' } }]);
    expect(again).toMatchObject({ open, discarded: 0 });
  });

  it('is put aside by nobody without a reason', async () => {
    const { exitCode, stderr } = await trunkline('dlq', 'discard', 'payments', '--all', '--reason', ' ');

    expect(exitCode).toBe(exitCodes.usage.code);
    expect(stderr).toContain('Say why, in 1 to 500 characters');
  });

  it('that carries the id of an applied event is not taken for done', async () => {
    const event = sealedPayment('pi_claimed', Date.now());
    await installation.markDone(event, { topic: 'payments.payment.v1', partition: 0, offset: '1' });
    const dead = deadLetterOf(installation.codec, event);
    await installation.publish({
      ...dead,
      value: Buffer.from('not Avro'),
      headers: { ...dead.headers, [headerName.exceptionCode]: 'decode_failed' },
    });

    const { letters } = json(await trunkline('dlq', 'show', event.eventId, '--json'));

    expect(letters).toMatchObject([{ state: 'open', headers: { [headerName.id]: event.eventId } }]);
    expect(letters[0].eventId).toBeUndefined();
  });
});

describe('while the inbox cannot be read', () => {
  const away = ['--database-url', 'postgres://nobody:nothing@127.0.0.1:9/none'];

  it('the number of open letters is not known, and nothing is sent back at large', async () => {
    const listed = await trunkline('dlq', 'list', 'payments', '--json', ...away);
    const text = await trunkline('dlq', 'list', 'payments', ...away);
    const sent = await trunkline('dlq', 'redrive', 'payments', '--all', ...away);

    expect(json(listed)).toMatchObject({ open: null, gap: expect.stringContaining('is not known') });
    expect(text.stdout).toMatch(/payments: not known how many open of \d+ on the topic/);
    expect(sent.exitCode).toBe(exitCodes.unreachable.code);
  });
});

async function letterNamed(name: string): Promise<{ id: string; copies: number; originalTopic: string }> {
  const { letters } = json(await trunkline('dlq', 'list', 'payments', '--all', '--json'));
  const [{ id }] = json(await trunkline('dlq', 'show', name, '--json')).letters;
  return letters.find((letter: { id: string }) => letter.id === id);
}

/** Sends a letter back and lets it die as it did before, as a consumer makes a copy of what it cannot read. */
async function dieAgain(name: string): Promise<void> {
  const sent = json(await trunkline('dlq', 'redrive', 'payments', '--id', name, '--json'));
  const records: OutgoingRecord[] = [];
  for await (const { key, value, headers } of readRecords(installation.connection, {
    topic: 'payments.redrive',
    limit: 1_000,
    signal: AbortSignal.timeout(60_000),
  })) {
    if (headers[headerName.redriveId] === sent.redriveId)
      records.push({ topic: 'payments.dlt', key: key ?? Buffer.from('k'), value, headers });
  }
  expect(records).toHaveLength(1);
  await installation.publish(...records);
}

/** The copy that waited on the retry topic before the event died. */
function retryOf(dead: OutgoingRecord): OutgoingRecord {
  return {
    ...dead,
    topic: 'payments.retry.10s',
    headers: {
      ...dead.headers,
      [headerName.retryAttempt]: '1',
      [headerName.attemptsTotal]: '1',
      [headerName.failureKind]: 'transient',
      [headerName.exceptionCode]: 'upstream_5xx',
      [headerName.exceptionMessage]: 'the bank was away',
    },
  };
}
