import { headerName } from '@trunkline/events';
import type { OutgoingRecord } from '@trunkline/kafka';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { shownBytes } from './dead-letters/show.ts';
import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import { sealedPayment } from './testing/payment-events.ts';
import type { CommandResult } from './testing/run-command.ts';
import { deadLetterOf, openTestInstallation, type TestInstallation } from './testing/test-installation.ts';

const startLimitMs = 60_000;

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
        id: event.eventId,
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
        redrive: `trunkline dlq redrive payments --id ${event.eventId}`,
      },
    ]);
    expect(json(shown).letters[0].undecodable).toBeUndefined();
    expect(text.stdout).toContain('the bank said no');
    expect(text.stdout).toContain(`trunkline dlq redrive payments --id ${event.eventId} --dry-run`);
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
        id: `${place.partition}:${place.offset}`,
        undecodable: { bytes: value.length, hex: value.subarray(0, shownBytes).toString('hex') },
        redrive: `trunkline dlq redrive payments --id ${place.partition}:${place.offset}`,
      },
    ]);
    expect(text.stdout).toContain('no Avro: .[2J');
    expect(text.stdout).not.toContain('\u001b');
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

    expect(json(listed).letters).toMatchObject([{ id: event.eventId, tenant: 'tnt_other' }]);
    expect(json(early).letters).toEqual([]);
    expect(json(dry)).toMatchObject({ dryRun: true, sent: [event.eventId] });
    expect(json(sent)).toMatchObject({ dryRun: false, sent: [event.eventId] });
    expect(await installation.read('payments.redrive', event.eventId)).toHaveLength(1);
    expect(await installation.read('payments.redrive', other.eventId)).toEqual([]);
  });
});

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
