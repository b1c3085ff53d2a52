import { applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, recordsAbout, suiteDatabase } from '@trunkline/consumer/testing';
import type { RecordOf } from '@trunkline/events';
import { createDirectory, type Phone, type PhoneId } from '@trunkline/sources/directory';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';

import { asking, type Asking } from '../testing/asking.ts';
import { book } from '../testing/book.ts';
import { service } from '../testing/service.ts';
import { callHandler } from './call.ts';
import { followedBy } from './followed-by.ts';
import { missedCalls } from './missed-call.ts';

type Call = RecordOf<'telephony.call.v1'>;

function phone(id: PhoneId, part: Partial<Phone>): Phone {
  const tell = new Map([['missed_call', ['sms']] as const]);
  return { id, tenantId: 'tnt_a', numbers: [], owners: ['per_ada'], sources: [], tell, ...part };
}

const directory = createDirectory({
  regions: new Map(),
  people: [{ id: 'per_ada', tenantId: 'tnt_a', name: 'Ada', language: 'en', channels: [{ id: 'sms', kind: 'sms' }] }],
  phones: [phone('phn_front', { numbers: ['+15005550001'] })],
});

const parent = recordsAbout('telephony.call.v1', 'CA_parent');
const leg = recordsAbout('telephony.call.v1', 'CA_leg');
const other = recordsAbout('telephony.call.v1', 'CA_other');
const from = { direction: 'inbound', fromAddress: '+15005550009', toAddress: '+15005550001' };
const dialled = { direction: 'outbound', parentCallId: 'CA_parent', toAddress: '+15005550008' };

/** A call from outside that is answered by a machine and connected to two mobile phones, which nobody takes. */
const connected: readonly Call[] = [
  parent('ringing', 1_000, { status: 'ringing', ...from }),
  parent('answered', 2_000, { status: 'answered' }),
  leg('initiated', 3_000, { status: 'initiated', ...dialled }),
  leg('completed', 9_000, { status: 'completed', outcome: 'no_answer' }),
  other('completed', 9_500, { status: 'completed', outcome: 'busy', ...dialled }),
  parent('completed', 10_000, { status: 'completed', outcome: 'completed' }),
];

/** A hundred transactions, on a machine that does other things, too. */
const manyMs = 120_000;

describe('a call that nobody took', () => {
  const suite = suiteDatabase({ adminUrl: inject('stack').postgresAdminUrl, service });

  function asks(...batches: readonly (readonly Call[])[]): Promise<Asking['asked']> {
    return asksAt(60_000, ...batches);
  }

  async function asksAt(nowMs: number, ...batches: readonly (readonly Call[])[]): Promise<Asking['asked']> {
    const { notices, asked } = asking(directory, nowMs);
    const handler = defineHandler(followedBy(callHandler({ book }), missedCalls({ directory, notices })));
    for (const batch of batches) {
      const items = batch.map((record) => applicable(handler, record));
      await applyEvents(suite.database, items, { deadlineMs: 60_000 });
    }
    return asked;
  }

  it('is told once, with who called and whom', async () => {
    const missed = parent('completed', 9_000, { status: 'completed', outcome: 'no_answer', endedAt: 9_000, ...from });

    expect(await asks([missed], [missed])).toEqual([
      {
        template: 'missed_call',
        who: 'missed_call/per_ada/sms',
        parameters: {
          from: '+15005550009',
          to: '+15005550001',
          outcome: 'no_answer',
          endedAt: new Date(9_000).toISOString(),
        },
      },
    ]);
  });

  it('is told by when it was heard of, not by what a provider says of its time', async () => {
    const ended = parent('completed', 9_000, { outcome: 'no_answer', endedAt: 9_000, ...from });
    const heard = { ...ended, metadata: { ...ended.metadata, receivedAt: 90 * 24 * 3_600_000 } };

    expect(await asksAt(heard.metadata.receivedAt + 1_000, [heard])).toHaveLength(1);
    await suite.empty();
    expect(await asksAt(heard.metadata.receivedAt + 25 * 3_600_000, [heard])).toEqual([]);
  });

  it(
    'is told once in every order, batch and number of deliveries, however many legs it was connected to',
    { timeout: manyMs },
    async () => {
      const histories = fc
        .array(fc.nat({ max: connected.length - 1 }), { maxLength: 6 })
        .chain((copies) =>
          fc.shuffledSubarray([...connected.keys(), ...copies.map((copy) => copy)], {
            minLength: connected.length + copies.length,
          }),
        )
        .chain((order) =>
          fc.tuple(
            fc.constant(order),
            fc.array(fc.integer({ min: 1, max: 3 }), { minLength: order.length, maxLength: order.length }),
          ),
        );
      await fc.assert(
        fc.asyncProperty(histories, async ([order, sizes]) => {
          const rest = order.flatMap((index) => connected[index] ?? []);
          const batches: Call[][] = [];
          for (const size of sizes) batches.push(rest.splice(0, size));
          const asked = await asks(...batches.filter((batch) => batch.length > 0));
          await suite.empty();
          expect(asked.map(({ who }) => who)).toEqual(['missed_call/per_ada/sms']);
        }),
      );
    },
  );

  it('is told once when the leg and the call it belongs to are written at one time', { timeout: manyMs }, async () => {
    const { notices, asked } = asking(directory, 60_000);
    const handler = defineHandler(followedBy(callHandler({ book }), missedCalls({ directory, notices })));
    const halves = [
      connected.slice(0, 2),
      [leg('completed', 9_000, { status: 'completed', outcome: 'no_answer', ...dialled })],
    ];
    for (let round = 0; round < 20; round += 1) {
      asked.length = 0;
      await Promise.all(
        halves.map((batch) =>
          applyEvents(
            suite.database,
            batch.map((record) => applicable(handler, record)),
            { deadlineMs: 60_000 },
          ),
        ),
      );
      expect(asked).toHaveLength(1);
      await suite.empty();
    }
  });

  it.each<readonly [string, Call]>([
    ['a call from outside that was taken', parent('completed', 9_000, { outcome: 'completed', ...from })],
    ['a call that goes on', parent('answered', 9_000, { status: 'answered', ...from })],
    [
      'a call of ours that nobody took',
      parent('completed', 9_000, { outcome: 'no_answer', direction: 'outbound', fromAddress: '+15005550001' }),
    ],
    ['a leg that was taken', leg('completed', 9_000, { outcome: 'completed', ...dialled, toAddress: '+15005550001' })],
    [
      'a call to a number that is nobody’s',
      parent('completed', 9_000, { outcome: 'no_answer', ...from, toAddress: '+15005550008' }),
    ],
  ])('is not %s', async (_, record) => {
    expect(await asks([record])).toEqual([]);
  });
});
