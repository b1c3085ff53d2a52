import { applyEvents, defineHandler, type RegisteredHandler } from '@trunkline/consumer';
import { applicable, describeHandler, recordsAbout, suiteDatabase } from '@trunkline/consumer/testing';
import type { RecordOf } from '@trunkline/events';
import { createDirectory, type Directory, type Phone, type PhoneId } from '@trunkline/sources/directory';
import { describe, expect, inject, it } from 'vitest';

import { callHandler } from '../handlers/call.ts';
import { followedBy } from '../handlers/followed-by.ts';
import { messageHandler } from '../handlers/message.ts';
import { book } from '../testing/book.ts';
import { service } from '../testing/service.ts';
import { phonesOf } from './link.ts';

const adminUrl = inject('stack').postgresAdminUrl;

function directoryOf(...phones: readonly (Partial<Phone> & { readonly id: PhoneId })[]): Directory {
  const all = phones.map((phone) => ({
    tenantId: 'tnt_a',
    numbers: [],
    owners: [],
    sources: [],
    tell: new Map(),
    ...phone,
  }));
  return createDirectory({ regions: new Map(), people: [], phones: all });
}

const directory = directoryOf(
  { id: 'phn_front', numbers: ['+15005550001'] },
  { id: 'phn_back', numbers: ['+15005550002'] },
  { id: 'phn_any', sources: ['src_test'] },
);

const call = recordsAbout('telephony.call.v1', 'CA1');
const message = recordsAbout('telephony.message.v1', 'SM1');
const calls = (known: Directory): RegisteredHandler =>
  defineHandler(followedBy(callHandler({ book }), phonesOf('call', known)));

describeHandler({
  handler: followedBy(callHandler({ book }), phonesOf('call', directory)),
  service,
  adminUrl,
  // Each tells a part: only together they say whose call it is.
  history: [
    call('initiated', 1_000, { status: 'initiated' }),
    call('ringing', 2_000, { direction: 'outbound' }),
    call('completed', 3_000, { fromAddress: '+15005550002', toAddress: '+15005550001' }),
  ],
  state: (tx) => tx.query('SELECT tenant_id, entity_id, direction, phone_id FROM telephony.call ORDER BY 1, 2'),
});

describe('whose phone a call or message is', () => {
  const suite = suiteDatabase({ adminUrl, service });

  async function phoneOfCall(known: Directory, ...records: readonly RecordOf<'telephony.call.v1'>[]): Promise<unknown> {
    const handler = calls(known);
    for (const record of records)
      await applyEvents(suite.database, [applicable(handler, record)], { deadlineMs: 60_000 });
    const [row] = await suite.test.admin<{ readonly phone_id: string | null }>('SELECT phone_id FROM telephony.call');
    return row?.phone_id;
  }

  it('stands beside it, by its numbers', async () => {
    const inbound = call('completed', 1_000, {
      direction: 'inbound',
      fromAddress: '+15005550009',
      toAddress: '+15005550002',
    });

    expect(await phoneOfCall(directory, inbound)).toBe('phn_back');
  });

  it('is the phone of its source where none of its numbers is ours', async () => {
    const inbound = call('completed', 1_000, { direction: 'inbound', toAddress: '+15005550009' });

    expect(await phoneOfCall(directory, inbound)).toBe('phn_any');
  });

  it('is unknown where neither is known', async () => {
    const inbound = call('completed', 1_000, { direction: 'inbound', toAddress: '+15005550009' });

    expect(await phoneOfCall(directoryOf(), inbound)).toBeNull();
  });

  it('is learned from a late event, which changes nothing of what the provider said later', async () => {
    const ended = call('completed', 9_000, { status: 'completed', direction: 'inbound' });
    const late = call('initiated', 1_000, { status: 'initiated', toAddress: '+15005550001' });

    expect(await phoneOfCall(directory, ended)).toBe('phn_any');
    expect(await phoneOfCall(directory, late)).toBe('phn_front');
    expect(await suite.test.admin('SELECT status FROM telephony.call')).toEqual([{ status: 'completed' }]);
  });

  it('stays when its number is nobody’s any more', async () => {
    const inbound = call('initiated', 1_000, { direction: 'inbound', toAddress: '+15005550001' });
    await phoneOfCall(directory, inbound);

    expect(await phoneOfCall(directoryOf(), call('completed', 2_000, { status: 'completed' }))).toBe('phn_front');
  });

  it('is found for messages alike', async () => {
    const handler = defineHandler(followedBy(messageHandler({ book }), phonesOf('message', directory)));
    const sent = message('sent', 1_000, {
      direction: 'outbound',
      fromAddress: '+15005550002',
      toAddress: '+15005550001',
    });
    await applyEvents(suite.database, [applicable(handler, sent)], { deadlineMs: 60_000 });

    expect(await suite.test.admin('SELECT phone_id FROM telephony.message')).toEqual([{ phone_id: 'phn_back' }]);
  });
});
