import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  eventId,
  eventIdOfUuid,
  idNamespace,
  isDeliveryId,
  nameBasedHex,
  netstrings,
  newDeliveryId,
  uuidOf,
} from './ids.ts';

describe('event ids', () => {
  it('equal the settled vectors', () => {
    const stripe = eventId({
      sourceId: 'src_stripe',
      basis: 'id',
      parts: ['evt_1Pabc'],
      entity: 'payments.payment',
      qualifier: '',
      correction: 0,
    });
    const hubspot = eventId({
      sourceId: 'src_hs',
      basis: 'key',
      parts: ['62515', '1021', '100', '1732233600123', '1246965'],
      entity: 'crm.contact',
      qualifier: 'merged/151',
      correction: 0,
    });

    expect(stripe).toBe('evt_47fca7c8db0b51af89a63cf6e0ed9357');
    expect(hubspot).toBe('evt_1df4d2a89ec9555892fa8429765b856f');
  });

  it('count bytes, not characters, and write a lone surrogate as U+FFFD', () => {
    expect(netstrings(['é']).toString('hex')).toBe(Buffer.from('2:é,').toString('hex'));
    expect(netstrings(['\ud800']).toString('hex')).toBe('333aefbfbd2c');
  });

  it('keep two lists of parts apart that would join to the same text', () => {
    expect(netstrings(['a', 'bc'])).not.toEqual(netstrings(['ab', 'c']));
  });

  it('are UUIDv5, bit by bit, whatever the name', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (name) => {
        const namespace = Buffer.from(idNamespace.replaceAll('-', ''), 'hex');
        const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
        bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
        bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);

        expect(nameBasedHex(name)).toBe(bytes.toString('hex'));
      }),
    );
  });

  it('go to a uuid column and back', () => {
    const id = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

    expect(uuidOf(id)).toBe('47fca7c8-db0b-51af-89a6-3cf6e0ed9357');
    expect(eventIdOfUuid(uuidOf(id))).toBe(id);
  });
});

describe('delivery ids', () => {
  it('are UUIDv7: they sort by the time of arrival and never repeat', () => {
    const early = newDeliveryId(1_700_000_000_000);
    const late = newDeliveryId(1_700_000_000_001);

    expect(isDeliveryId(early)).toBe(true);
    expect(early < late).toBe(true);
    expect(newDeliveryId(1_700_000_000_000)).not.toBe(early);
    expect(early[16]).toBe('7');
  });
});
