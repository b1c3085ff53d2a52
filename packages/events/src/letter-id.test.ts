import { describe, expect, it } from 'vitest';

import { headerName } from './headers.ts';
import { isLetterId, letterId, readableRecordId } from './letter-id.ts';

const eventId = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const other = 'evt_a276b0ab0059520d804864808c03cd42';
const place = { topic: 'payments.payment.v1', partition: 2, offset: 17n };

describe('a letter id', () => {
  it('differs by group, by event and by place', () => {
    const ids = [
      letterId({ group: 'payments', recordId: eventId }),
      letterId({ group: 'telephony', recordId: eventId }),
      letterId({ group: 'payments', recordId: other }),
      letterId({ group: 'payments', place }),
      letterId({ group: 'payments', place: { ...place, partition: 21, offset: 7n } }),
    ];

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isLetterId)).toBe(true);
  });

  it.each([eventId, 'ltr_47FCA7C8DB0B51AF89A63CF6E0ED9357', 'ltr_1', ''])('is not %s', (text) => {
    expect(isLetterId(text)).toBe(false);
  });
});

describe('the event id of a record', () => {
  const value = (id: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, 7, 0x48]), Buffer.from(`${id}more`)]);

  it('is readable where header and bytes say the same', () => {
    expect(readableRecordId({ [headerName.id]: eventId }, value(eventId))).toBe(eventId);
  });

  it.each<[string, string | undefined, Buffer | null]>([
    ['no header', undefined, value(eventId)],
    ['a header of another form', 'evt_1', value('evt_1')],
    ['no value', eventId, null],
    ['zero bytes', eventId, Buffer.alloc(0)],
    ['a value that is no Avro', eventId, Buffer.from('{"json":1}')],
    ['a value of another event', eventId, value(other)],
    ['a value that ends too early', eventId, value(eventId).subarray(0, 30)],
  ])('is not readable with %s', (_, header, bytes) => {
    expect(readableRecordId({ [headerName.id]: header }, bytes)).toBeUndefined();
  });
});
