import { type Database, readFirstStart } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { createDirectory, type Directory, type PhoneId, type Template } from '@trunkline/sources/directory';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { ConsumedEvent } from '../handler.ts';
import type { Requests } from '../requests/requests.ts';
import { applicable, testRecord } from '../testing/records.ts';
import { createShopHandler } from '../testing/test-group.ts';
import { createNotices, type Notice, noticeMaxAgeMs } from './notices.ts';

const { postgresAdminUrl } = inject('stack');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The present of these tests. */
const nowMs = Date.UTC(2026, 10, 20, 12);
const front = 'phn_front' as PhoneId;
let service: TestService;
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  service = await createTestService('shop', {});
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => test.empty('shop.notice'));
afterAll(async () => {
  await test.drop();
  await service.remove();
});

interface Asked {
  readonly asked: string[];
  readonly payloads: unknown[];
  readonly suppressed: Record<string, number>;
  readonly tell: (...notices: readonly Notice[]) => Promise<void>;
}

/** Notices of a group that first started so long ago. */
function group({
  startedAtMs = nowMs - 30 * dayMs,
  atMs = nowMs,
}: { startedAtMs?: number; atMs?: number } = {}): Asked {
  const asked: string[] = [];
  const payloads: unknown[] = [];
  const suppressed: Record<string, number> = {};
  const requests: Requests = {
    add: async (_tx, wishes) => {
      for (const { event, qualifier, payload } of wishes) {
        const { metadata } = event.record;
        asked.push(`${'entityId' in metadata ? metadata.entityId : ''} ${qualifier}`);
        payloads.push(payload);
      }
      await Promise.resolve();
    },
  };
  const notices = createNotices({
    requests,
    directory,
    firstStartMs: startedAtMs,
    clock: () => atMs,
    metrics: {
      count: (name: string, labels: Readonly<Record<string, string>>) => {
        const key = `${name} ${labels['reason']}`;
        suppressed[key] = (suppressed[key] ?? 0) + 1;
      },
    },
  });
  const tell = (...given: readonly Notice[]): Promise<void> =>
    database.transaction(['tnt_a', 'tnt_b'], (tx) => notices.ask(tx, given));
  return { asked, payloads, suppressed, tell };
}

describe('a notice', () => {
  it('asks once for each channel of each owner, with what the text needs', async () => {
    const { asked, payloads, tell } = group();

    await tell(notice('pi_1', { parameters: { amount: 1_200, currency: 'EUR', 'a first': null } }));

    expect(asked).toEqual([
      'pi_1 payment_failed/per_ada/mail',
      'pi_1 payment_failed/per_ada/sms',
      'pi_1 payment_failed/per_bob/mail',
    ]);
    expect(payloads[0]).toEqual({
      channel: 'email',
      recipientId: 'per_ada',
      channelId: 'mail',
      template: 'payment_failed',
      parametersJson: '{"a first":null,"amount":1200,"currency":"EUR"}',
      language: 'en',
      aboutProvider: 'stripe',
      aboutAccount: 'acct_1.live',
      aboutKind: 'payment',
      aboutId: 'pi_1',
      notAfter: nowMs + dayMs,
    });
  });

  it('is asked once for its subject, whichever events tell of it and however often', async () => {
    const { asked, tell } = group();
    const subject = 'stripe/acct_1.live/payment/new';

    await tell(notice('old_half', { subject }));
    await tell(notice('new_half', { subject }), notice('old_half', { subject }));

    expect(asked.filter((text) => text.endsWith('/sms'))).toEqual(['old_half payment_failed/per_ada/sms']);
  });

  it('of another template about the same subject is another one', async () => {
    const { asked, tell } = group();

    await tell(notice('pi_1'), notice('pi_1', { template: 'dispute_opened' }));

    expect(asked).toContain('pi_1 dispute_opened/per_bob/mail');
  });

  it('is not remembered when its transaction fails', async () => {
    const { asked, tell } = group();

    const failing = database.transaction(['tnt_a'], async (tx) => {
      await createNotices({
        requests: { add: () => Promise.reject(new Error('too large')) },
        directory,
        firstStartMs: 0,
        clock: () => nowMs,
        metrics: { count: () => undefined },
      }).ask(tx, [notice('pi_1')]);
    });
    await expect(failing).rejects.toThrow('too large');
    await tell(notice('pi_1'));

    expect(asked).toHaveLength(3);
  });
});

describe('nobody is told', () => {
  it.each([
    ['of what was received more than a day ago', { receivedAtMs: nowMs - noticeMaxAgeMs - 1 }, 'old'],
    ['of what is past its time', { notAfterMs: nowMs }, 'expired'],
    ['without a phone', { phoneId: undefined }, 'nobody'],
    ['of what no owner is to hear', { template: 'refund_failed' as Template }, 'nobody'],
    ['about a phone of another tenant', { tenantId: 'tnt_b' }, 'nobody'],
  ])('%s, and it is counted', async (_, changes, reason) => {
    const { asked, suppressed, tell } = group();

    await tell(notice('pi_1', changes));

    expect(asked).toEqual([]);
    expect(suppressed).toEqual({ [`notices_suppressed_total ${reason}`]: 1 });
  });

  it('of what was received before the group first started, however young it is', async () => {
    const { asked, suppressed, tell } = group({ startedAtMs: nowMs - 1_000 });

    await tell(notice('pi_1', { receivedAtMs: nowMs - 1_001 }), notice('pi_2', { receivedAtMs: nowMs - 999 }));

    expect(asked.map((text) => text.split(' ')[0])).toEqual(['pi_2', 'pi_2', 'pi_2']);
    expect(suppressed).toEqual({ 'notices_suppressed_total before_first_start': 1 });
  });

  it('and it does not count as told: what tells of the same later, for a phone that has owners, is asked', async () => {
    const { asked, tell } = group();

    await tell(notice('pi_1', { phoneId: undefined }));
    await tell(notice('pi_1'));

    expect(asked).toHaveLength(3);
  });
});

describe('seven days of events read again', () => {
  const week = Array.from({ length: 7 * 24 }, (_, hour) => nowMs - (hour + 1) * hourMs).toReversed();
  const eventsOf = (receivedAtMs: number, hour: number): Notice =>
    notice(`pi_${hour}`, { receivedAtMs, notAfterMs: receivedAtMs + 7 * dayMs });

  it('tell nobody anything where all of it was told when it happened', async () => {
    for (const [hour, receivedAtMs] of week.entries()) {
      const { asked, tell } = group({ atMs: receivedAtMs + 1_000 });
      await tell(eventsOf(receivedAtMs, hour));
      expect(asked).toHaveLength(3);
    }
    const again = group();

    for (const [hour, receivedAtMs] of week.entries()) await again.tell(eventsOf(receivedAtMs, hour));

    expect(again.asked).toEqual([]);
    // The youngest day is known to have been told.
    expect(again.suppressed).toEqual({ 'notices_suppressed_total old': 6 * 24 });
  });

  it('tell nobody anything where there is nothing yet: a new group, or a database made anew', async () => {
    const startedAtMs = await readFirstStart(database);
    const shiftMs = startedAtMs - nowMs;
    const { asked, suppressed, tell } = group({ startedAtMs, atMs: startedAtMs + 1_000 });

    for (const [hour, receivedAtMs] of week.entries()) await tell(eventsOf(receivedAtMs + shiftMs, hour));

    expect(asked).toEqual([]);
    expect(suppressed).toEqual({ 'notices_suppressed_total before_first_start': week.length });
  });
});

const directory: Directory = createDirectory({
  regions: new Map(),
  people: [
    {
      id: 'per_ada',
      tenantId: 'tnt_a',
      name: 'Ada',
      language: 'en',
      channels: [
        { id: 'sms', kind: 'sms', address: '+15005550006' },
        { id: 'mail', kind: 'email', address: 'ada@acme.example' },
      ],
    },
    {
      id: 'per_bob',
      tenantId: 'tnt_a',
      name: 'Bob',
      language: 'de',
      channels: [{ id: 'mail', kind: 'email', address: 'bob@acme.example' }],
    },
  ],
  phones: [
    {
      id: front,
      tenantId: 'tnt_a',
      numbers: ['+15005550006'],
      owners: ['per_ada', 'per_bob'],
      sources: [],
      tell: new Map<Template, readonly string[]>([
        ['payment_failed', ['mail', 'sms']],
        ['dispute_opened', ['mail']],
      ]),
    },
  ],
});

function notice(
  entityId: string,
  changes: Partial<Omit<Notice, 'event'>> & { readonly receivedAtMs?: number; readonly tenantId?: string } = {},
): Notice {
  const { receivedAtMs = nowMs - hourMs, tenantId = 'tnt_a', ...rest } = changes;
  return {
    template: 'payment_failed',
    subject: `stripe/acct_1.live/payment/${entityId}`,
    names: [],
    event: eventOf(entityId, { receivedAtMs, tenantId }),
    handler: 'payment-notices',
    phoneId: front,
    parameters: {},
    notAfterMs: nowMs + dayMs,
    ...rest,
  };
}

function eventOf(
  entityId: string,
  { receivedAtMs, tenantId }: { readonly receivedAtMs: number; readonly tenantId: string },
): ConsumedEvent {
  const record = testRecord({
    topic: 'payments.payment.v1',
    type: 'payments.payment.created',
    kind: 'payment',
    entityId,
    occurredAt: receivedAtMs,
    stated: {},
    tenantId,
  });
  const received = { ...record, metadata: { ...record.metadata, receivedAt: receivedAtMs } };
  const { event } = applicable(createShopHandler().handler, received);
  if (!('eventId' in event)) throw new TypeError('the record is a request');
  return event;
}
