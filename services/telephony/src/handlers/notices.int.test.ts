import {
  type Applicable,
  applyEvents,
  defineRequestHandler,
  erasureHandler,
  type HandlerOffers,
} from '@trunkline/consumer';
import {
  applicable,
  applicableRequest,
  askedRequests,
  recordsAbout,
  suiteDatabase,
  testOffers,
} from '@trunkline/consumer/testing';
import { sealRequest } from '@trunkline/events';
import { createDirectory } from '@trunkline/sources/directory';
import { describe, expect, inject, it } from 'vitest';

import { personal } from '../personal.ts';
import { service } from '../testing/service.ts';
import { handlers } from './index.ts';

const directory = createDirectory({
  regions: new Map(),
  people: [{ id: 'per_ada', tenantId: 'tnt_a', name: 'Ada', language: 'en', channels: [{ id: 'sms', kind: 'sms' }] }],
  phones: [
    {
      id: 'phn_front',
      tenantId: 'tnt_a',
      numbers: ['+15005550001'],
      owners: ['per_ada'],
      sources: [],
      tell: new Map(
        (['missed_call', 'inbound_message', 'new_recording', 'new_transcript'] as const).map((name) => [name, ['sms']]),
      ),
    },
  ],
});
const offers: HandlerOffers = await testOffers('telephony', { directory, clock: () => 60_000 });
const all = new Map(handlers(offers).map((handler) => [handler.topic, handler]));

const call = recordsAbout('telephony.call.v1', 'CA1');
const message = recordsAbout('telephony.message.v1', 'SM1');
const recording = recordsAbout('telephony.recording.v1', 'RE1');
const transcript = recordsAbout('telephony.transcript.v1', 'TR1');

const ends = { fromAddress: '+15005550009', toAddress: '+15005550001' };
const inbound = call('initiated', 1_000, { direction: 'inbound', ...ends });
const received = message('received', 2_000, { direction: 'inbound', channel: 'sms', body: 'Hello', ...ends });

const digestOf = (address: string): string => offers.digest('tnt_a', address).toString('hex');

describe('the owners of a phone', () => {
  const suite = suiteDatabase({ adminUrl: inject('stack').postgresAdminUrl, service });

  type Given = Parameters<typeof applicable>[1];

  function itemOf<T extends Given>(record: T, topic: string): Applicable {
    const handler = [...all.values()].find((one) => one.topic === topic);
    if (handler === undefined) throw new TypeError(`no handler of ${topic}`);
    return applicable(handler, record);
  }

  async function asksFor(...items: readonly Applicable[]): Promise<readonly unknown[]> {
    for (const item of items) await applyEvents(suite.database, [item], { deadlineMs: 60_000 });
    const requests = await askedRequests(suite.test, service.schema, ['tnt_a']);
    return requests.map(({ record }) => ({
      ...record,
      // Of notifications, which is all that telephony asks for.
      said: JSON.parse('parametersJson' in record ? (record.parametersJson ?? 'null') : 'null'),
    }));
  }

  it('are asked to be told of a message, by whom and to where, and never what it says', async () => {
    expect(await asksFor(itemOf(received, 'telephony.message.v1'), itemOf(received, 'telephony.message.v1'))).toEqual([
      expect.objectContaining({
        template: 'inbound_message',
        recipientId: 'per_ada',
        said: { channel: 'sms', from: '+15005550009', to: '+15005550001' },
        aboutDigests: expect.arrayContaining([digestOf('+15005550009')]),
        aboutOccurredAt: 2_000,
      }),
    ]);
  });

  it('are not told who wrote, where that person is erased by then', async () => {
    const erasure = defineRequestHandler(erasureHandler(personal, offers));
    const request = sealRequest(
      {
        topic: 'privacy.erasure_request.v1',
        type: 'privacy.erasure_request.erase',
        cause: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
        causedBy: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
        handler: 'test',
        qualifier: '',
        payload: { addressDigest: digestOf('+15005550009'), erasedAt: 50_000 },
      },
      { tenantId: 'tnt_a', group: 'crm', requestedAtMs: 50_000, installationKey: undefined },
    );

    const asked = await asksFor(applicableRequest(erasure, request.record), itemOf(received, 'telephony.message.v1'));

    expect(asked).toEqual([
      expect.objectContaining({
        template: 'inbound_message',
        said: { channel: 'sms', from: null, to: '+15005550001' },
        aboutDigests: expect.not.arrayContaining([digestOf('+15005550009')]),
      }),
    ]);
  });

  it('are asked to be told of a missed call, with whom it names: those of the call and those of its leg', async () => {
    const leg = recordsAbout('telephony.call.v1', 'CA2');
    const missed = leg('completed', 3_000, {
      parentCallId: 'CA1',
      outcome: 'no_answer',
      fromAddress: '+15005550002',
      toAddress: '+15005550001',
    });

    const asked = await asksFor(itemOf(inbound, 'telephony.call.v1'), itemOf(missed, 'telephony.call.v1'));

    expect(asked).toEqual([
      expect.objectContaining({
        template: 'missed_call',
        aboutDigests: expect.arrayContaining([digestOf('+15005550009'), digestOf('+15005550002')]),
        aboutOccurredAt: 3_000,
      }),
    ]);
  });

  it('are asked to be told once of a recording and of a transcript, by the call that they are of', async () => {
    const asked = await asksFor(
      itemOf(inbound, 'telephony.call.v1'),
      itemOf(recording('available', 3_000, { callId: 'CA1', durationSeconds: 6 }), 'telephony.recording.v1'),
      itemOf(recording('available', 4_000, { callId: 'CA1', durationSeconds: 6 }), 'telephony.recording.v1'),
      itemOf(
        transcript('available', 5_000, { callId: 'CA1', language: 'en', isFinal: false }),
        'telephony.transcript.v1',
      ),
      itemOf(
        transcript('available', 6_000, { callId: 'CA1', language: 'en', isFinal: true }),
        'telephony.transcript.v1',
      ),
    );

    expect(asked).toHaveLength(2);
    expect(asked).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ template: 'new_recording', said: { callId: 'CA1', durationSeconds: 6 } }),
        expect.objectContaining({
          template: 'new_transcript',
          said: { callId: 'CA1', language: 'en', recordingId: null },
        }),
      ]),
    );
  });

  it('are not told of a recording of a call that is at nobody’s phone', async () => {
    const elsewhere = recording('available', 3_000, { callId: 'CA9', durationSeconds: 6 });

    expect(await asksFor(itemOf(elsewhere, 'telephony.recording.v1'))).toEqual([]);
  });
});
