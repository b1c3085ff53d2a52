import { publishedRequest } from '@trunkline/consumer/testing';
import { cloudEventHeaders, headerName, letterId } from '@trunkline/events';
import { groups } from '@trunkline/operations';
import { sealedPayment } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { exitCodes } from './exit-codes.ts';
import { json } from './testing/json-output.ts';
import type { CommandResult } from './testing/run-command.ts';
import {
  deadLetterOf,
  deliveryRecordOf,
  openTestInstallation,
  recordOf,
  testTraceId,
  type TestInstallation,
} from './testing/test-installation.ts';

const startLimitMs = 120_000;

/** The groups that take payments. */
const takers = groups
  .filter(({ topics }) => topics.some((topic) => topic === 'payments.payment.v1'))
  .map(({ name }) => name);

const letterOf = ({ eventId }: ReturnType<typeof sealedPayment>) => letterId({ group: 'payments', recordId: eventId });

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation(inject('stack'));
}, startLimitMs);
afterAll(() => installation.close(), startLimitMs);

const trunkline = (...words: string[]): Promise<CommandResult> => installation.trunkline(...words);

describe('events show', () => {
  it('finds a record by its id alone, decodes it, and says that no group has done it', async () => {
    const event = sealedPayment('pi_unprocessed', Date.now());
    await installation.publish(recordOf(installation.codec, event));

    const shown = await trunkline('events', 'show', event.eventId, '--json');

    expect(shown.exitCode).toBe(0);
    expect(json(shown)).toMatchObject({
      eventId: event.eventId,
      record: {
        place: { topic: 'payments.payment.v1' },
        value: { metadata: { entityId: 'pi_unprocessed' }, amount: 4990 },
      },
      groups: takers.map((group) => ({ group })),
      traceIds: [testTraceId],
      gaps: [],
    });
    for (const { row } of json(shown).groups) expect(row).toBeUndefined();
  });

  it('shows the inbox row and the delivery of an event that was applied', async () => {
    const event = sealedPayment('pi_applied', Date.now());
    const { deliveryId } = event.record.metadata;
    await installation.publish(deliveryRecordOf(installation.codec, event), recordOf(installation.codec, event));
    const { place } = json(await trunkline('events', 'show', event.eventId, '--json')).record;
    await installation.markDone(event, place);

    const shown = await trunkline('events', 'show', event.eventId, '--json');
    const text = await trunkline('events', 'show', event.eventId);
    const ofDelivery = await trunkline('events', 'show', deliveryId, '--json');

    expect(json(shown)).toMatchObject({
      delivery: { value: { deliveryId, verdict: 'normalised' } },
      groups: [
        { group: 'crm' },
        { group: 'delivery' },
        { group: 'payments', row: { outcome: 'applied', attempt: 1, originalOffset: place.offset, deliveryId } },
      ],
    });
    expect(text.stdout).toContain('pi_applied');
    expect(text.stdout).toContain(`trunkline trace ${event.eventId}`);
    expect(json(ofDelivery)).toMatchObject({ deliveryId, events: [{ eventId: event.eventId }] });
  });

  it('finds a request by its id alone, and says who asked, and because of what', async () => {
    const asked = publishedRequest(installation.codec, { name: 'shown', tenantId: 'tnt_test' });
    const id = asked.headers[headerName.id] ?? 'none';
    await installation.publish(asked);

    const shown = await trunkline('events', 'show', id, '--json');
    const text = await trunkline('events', 'show', id);

    expect(json(shown)).toMatchObject({
      eventId: id,
      record: {
        place: { topic: 'notifications.request.v1' },
        value: { metadata: { requestId: id, tenantId: 'tnt_test' }, recipientId: 'per_ada', text: 'shown' },
      },
      groups: [{ group: 'notifications' }],
      gaps: [],
    });
    expect(text.stdout).toContain(`request  ${id}`);
    expect(text.stdout).toContain('/tenants/tnt_test/groups/telephony');
    expect(text.stdout).toContain(json(shown).record.value.metadata.causedBy);
  });

  it('names what each group that takes an event made of it', async () => {
    const event = sealedPayment('pi_of_all_groups', Date.now());
    await installation.publish(recordOf(installation.codec, event));
    const { place } = json(await trunkline('events', 'show', event.eventId, '--json')).record;
    for (const group of takers) await installation.markDone(event, place, group);

    const shown = await trunkline('events', 'show', event.eventId, '--json');
    const text = await trunkline('events', 'show', event.eventId);

    expect(takers).toEqual(['crm', 'delivery', 'payments']);
    expect(json(shown).groups).toMatchObject(takers.map((group) => ({ group, row: { outcome: 'applied' } })));
    for (const group of takers) expect(text.stdout).toMatch(new RegExp(`^${group} +applied`, 'm'));
  });

  it('ends with "not found" for an event nobody has seen', async () => {
    const shown = await trunkline('events', 'show', `evt_${'0'.repeat(32)}`, '--json');

    expect(shown.exitCode).toBe(exitCodes.not_found.code);
    expect(json(shown)).toMatchObject({ error: { code: 'not_found', exitCode: 3 } });
  });

  it('goes on without the inbox when Postgres is away, and says so', async () => {
    const event = sealedPayment('pi_without_database', Date.now());
    await installation.publish(recordOf(installation.codec, event));

    const shown = await trunkline(
      'events',
      'show',
      event.eventId,
      '--json',
      '--database-url',
      'postgres://a:b@127.0.0.1:1/c',
    );

    expect(shown.exitCode).toBe(0);
    for (const group of takers)
      expect(json(shown).gaps).toContainEqual(expect.stringContaining(`the inbox of ${group} could not be read`));
  });
});

describe('dead letters', () => {
  it('are listed with their failure, sent back with key, value and ce_* unchanged, and closed by the inbox', async () => {
    const event = sealedPayment('pi_dead', Date.now());
    const dead = deadLetterOf(installation.codec, event);
    await installation.publish(dead);

    const listed = await trunkline('dlq', 'list', 'payments', '--code', 'upstream_4xx', '--json');
    const shown = await trunkline('events', 'show', event.eventId, '--json');
    const redriven = await trunkline('dlq', 'redrive', 'payments', '--id', event.eventId, '--json');

    expect(json(listed).letters).toMatchObject([
      {
        id: letterOf(event),
        eventId: event.eventId,
        state: 'open',
        type: 'payments.payment.succeeded',
        failureKind: 'permanent',
        code: 'upstream_4xx',
        attempts: 2,
        tooOld: false,
      },
    ]);
    expect(json(shown).copies).toMatchObject([
      { group: 'payments', place: { topic: 'payments.dlt' }, code: 'upstream_4xx' },
    ]);
    expect(redriven.exitCode).toBe(0);
    const [back] = await installation.read('payments.redrive', event.eventId);
    expect(back?.key?.equals(dead.key)).toBe(true);
    expect(back?.value?.equals(dead.value ?? Buffer.alloc(0))).toBe(true);
    expect(back?.headers).toMatchObject({
      ...cloudEventHeaders(event),
      [headerName.originalTopic]: 'payments.payment.v1',
      [headerName.attemptsTotal]: '2',
      [headerName.redriveId]: json(redriven).redriveId,
      [headerName.redriveCount]: '1',
    });
    expect(back?.headers[headerName.retryAttempt]).toBeUndefined();

    await installation.markDone(event, { topic: 'payments.payment.v1', partition: 0, offset: '0' });
    const after = await trunkline('dlq', 'list', 'payments', '--all', '--json');
    const again = await trunkline('dlq', 'redrive', 'payments', '--id', event.eventId, '--json');
    expect(json(after).letters.find((letter: { id: string }) => letter.id === letterOf(event))).toMatchObject({
      state: 'applied',
    });
    expect(json(again)).toMatchObject({ sent: [], alreadyDone: [letterOf(event)] });
  });

  it('too old to be applied are refused, and sent back only by force', async () => {
    const event = sealedPayment('pi_ancient', Date.now());
    const longAgoMs = Date.now() - 39 * 86_400_000;
    const dead = deadLetterOf(installation.codec, event);
    await installation.publish({
      ...dead,
      headers: { ...dead.headers, [headerName.originalTimestamp]: String(longAgoMs) },
    });

    const refused = await trunkline('dlq', 'redrive', 'payments', '--id', event.eventId, '--json');
    const forced = await trunkline('dlq', 'redrive', 'payments', '--id', event.eventId, '--force', '--json');

    expect(refused.exitCode).toBe(exitCodes.refused.code);
    expect(json(refused)).toMatchObject({ sent: [], tooOld: [letterOf(event)] });
    expect(json(forced)).toMatchObject({ sent: [letterOf(event)], tooOld: [] });
  });

  it('of a dry run stay where they are', async () => {
    const event = sealedPayment('pi_dry', Date.now());
    await installation.publish(deadLetterOf(installation.codec, event));

    const dry = await trunkline('dlq', 'redrive', 'payments', '--all', '--dry-run', '--json');

    expect(json(dry).sent).toContain(letterOf(event));
    expect(await installation.read('payments.redrive', event.eventId)).toEqual([]);
  });

  it('that do not exist are not found, and nothing is sent', async () => {
    const result = await trunkline('dlq', 'redrive', 'payments', '--id', `evt_${'9'.repeat(32)}`, '--json');

    expect(result.exitCode).toBe(exitCodes.not_found.code);
  });
});
