import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ownType, writerType } from './avro-types.ts';
import { anyString } from './testing/builders.ts';

const list = JSON.stringify({
  type: 'record',
  name: 'List',
  fields: [{ name: 'items', type: { type: 'array', items: 'string' } }],
});
const longerList = JSON.stringify({
  type: 'record',
  name: 'List',
  fields: [
    { name: 'skipped', type: { type: 'array', items: 'string' } },
    { name: 'items', type: { type: 'array', items: 'string' } },
  ],
});
const text = JSON.stringify({ type: 'record', name: 'Text', fields: [{ name: 'text', type: 'string' }] });

describe('an array', () => {
  it('survives the round trip, also when its writer cut it into blocks with sizes', () => {
    const type = ownType(list);
    const inBlocks = Buffer.from([0x01, 0x04, 0x02, 0x61, 0x02, 0x02, 0x62, 0x00]); // one item with its size, one without

    expect(type.fromBuffer(type.toBuffer({ items: ['a', 'b'] }))).toEqual({ items: ['a', 'b'] });
    expect(type.fromBuffer(inBlocks)).toEqual({ items: ['a', 'b'] });
  });

  it.each([
    ['two billion items', [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    ['two billion items with a size', [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]],
    ['more items than an array can hold', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['an endless count', Array<number>(200).fill(0xff)],
  ])('that claims %s is refused at once, read or skipped', (_name, bytes) => {
    const reader = ownType(list);
    const resolver = reader.createResolver(writerType(longerList));

    expect(() => reader.fromBuffer(Buffer.from(bytes))).toThrow(/longer than the bytes|truncated/);
    expect(() => reader.fromBuffer(Buffer.from(bytes), resolver)).toThrow(/longer than the bytes|truncated/);
  });

  it('whose block claims a negative size cannot make the reader walk backwards', () => {
    const reader = ownType(list);
    const resolver = reader.createResolver(writerType(longerList));
    const backwards = Buffer.from([0x01, 0x03, 0x01, 0x03, 0x00]);

    expect(() => reader.fromBuffer(backwards, resolver)).toThrow(/longer than the bytes/);
  });

  it('of a writer with one more is skipped, in blocks with sizes too', () => {
    const reader = ownType(list);
    const writer = writerType(longerList);
    const resolver = reader.createResolver(writer);
    const inBlocks = Buffer.from([0x01, 0x04, 0x02, 0x61, 0x02, 0x02, 0x62, 0x00, 0x02, 0x02, 0x63, 0x00]);

    expect(reader.fromBuffer(writer.toBuffer({ skipped: ['a', 'b'], items: ['c'] }), resolver)).toEqual({
      items: ['c'],
    });
    expect(reader.fromBuffer(inBlocks, resolver)).toEqual({ items: ['c'] });
  });
});

describe('a string', () => {
  it('is written as UTF-8, a lone surrogate as U+FFFD', () => {
    const type = ownType(text);

    fc.assert(
      fc.property(anyString(100), fc.constantFrom('', '\ud800', '\udfff'), (start, end) => {
        const bytes = type.toBuffer({ text: start + end });
        const expected = Buffer.from(start + end, 'utf8');

        expect(bytes.subarray(bytes.length - expected.length)).toEqual(expected);
        expect(type.fromBuffer(bytes)).toEqual({ text: (start + end).toWellFormed() });
      }),
    );
  });

  it('is written as avsc writes it, to the byte, where it has room and where it has none', () => {
    const type = ownType(text);
    const original = avsc.Type.forSchema('string');
    const ascii = fc.string({ unit: 'binary-ascii', minLength: 55, maxLength: 70 });
    const wellFormed = fc.oneof(ascii, anyString(70)).map((any) => any.toWellFormed());

    fc.assert(
      fc.property(wellFormed, fc.nat({ max: 80 }), (any, room) => {
        const [bytes, expected] = [Buffer.alloc(room), Buffer.alloc(room)];

        expect(type.encode({ text: any }, bytes, 0)).toBe(original.encode(any, expected, 0));
        expect(type.toBuffer({ text: any })).toEqual(original.toBuffer(any));
      }),
    );
  });
});

describe('a logical type', () => {
  const field = (type: unknown): string =>
    JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'at', type }] });

  it('timestamp-millis is epoch milliseconds in memory', () => {
    const type = ownType(field({ type: 'long', logicalType: 'timestamp-millis' }));

    expect(type.fromBuffer(type.toBuffer({ at: 1_732_233_600_123 }))).toEqual({ at: 1_732_233_600_123 });
  });

  it.each([
    ['decimal', { type: 'bytes', logicalType: 'decimal', precision: 4 }],
    ['timestamp-micros', { type: 'long', logicalType: 'timestamp-micros' }],
    ['uuid on a string', { type: 'string', logicalType: 'uuid' }],
    ['timestamp-millis on something else than a long', { type: 'string', logicalType: 'timestamp-millis' }],
  ])('%s is refused in our own schemas and let through in those of other writers', (_name, type) => {
    expect(() => ownType(field(type))).toThrow(RangeError);
    expect(() => writerType(field(type))).not.toThrow();
  });
});
