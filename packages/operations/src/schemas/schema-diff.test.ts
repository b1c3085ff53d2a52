import { describe, expect, it } from 'vitest';

import { schemaDifferences } from './schema-diff.ts';

const record = (name: string, fields: readonly unknown[]) => ({ type: 'record', name, fields });
const text = (...fields: readonly unknown[]): string => JSON.stringify(record('Payment', fields));

describe('the difference of two schemas', () => {
  it('names what was added, removed and given another type, through records in unions and arrays', () => {
    const written = text(
      { name: 'id', type: 'string' },
      { name: 'amount', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'party', type: ['null', record('Party', [{ name: 'old', type: 'string' }])] },
      { name: 'items', type: { type: 'array', items: record('Item', [{ name: 'n', type: 'int' }]) } },
    );
    const released = text(
      { name: 'id', type: 'string', doc: 'another doc' },
      { name: 'amount', type: 'long' },
      { name: 'party', type: ['null', record('Party', [])] },
      { name: 'items', type: { type: 'array', items: record('Item', [{ name: 'n', type: 'long' }]) } },
      { name: 'note', type: ['null', 'string'], default: null },
    );

    expect(schemaDifferences(written, released)).toEqual([
      { kind: 'type', path: 'amount', written: 'long (timestamp-millis)', other: 'long' },
      { kind: 'removed', path: 'party.old', written: 'string', other: undefined },
      { kind: 'type', path: 'items.n', written: 'int', other: 'long' },
      { kind: 'added', path: 'note', written: undefined, other: 'null | string' },
    ]);
    expect(schemaDifferences(written, written)).toEqual([]);
  });

  it.each(['', '"string"', '{"type":"record"}', 'null'])('is refused where there is no record: %s', (foreign) => {
    expect(() => schemaDifferences(foreign, text())).toThrow('it is no Avro schema of a record');
  });
});
