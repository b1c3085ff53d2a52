import { stripVTControlCharacters } from 'node:util';

import { describe, expect, it } from 'vitest';

import { createStyle } from './style.ts';
import { renderPairs, renderTable } from './table.ts';

const plain = createStyle(false);

describe('a table', () => {
  it('aligns its columns by the widest value and leaves no blanks at the end of a line', () => {
    const table = renderTable<{ name: string; count: number }>(
      [
        { title: 'NAME', value: (row) => row.name },
        { title: 'COUNT', value: (row) => String(row.count), align: 'right' },
      ],
      [
        { name: 'a', count: 5 },
        { name: 'longer', count: 1_000_000 },
      ],
      plain,
    );

    expect(table.split('\n')).toEqual(['NAME      COUNT', 'a             5', 'longer  1000000']);
  });

  it('keeps its columns when cells are coloured', () => {
    const style = createStyle(true);

    const table = renderTable<string>(
      [
        { title: 'STATE', value: (row) => row, paint: (cell) => style.good(cell) },
        { title: 'X', value: () => 'x' },
      ],
      ['ok', 'missing'],
      style,
    );

    const plainLines = table.split('\n').map((line) => stripVTControlCharacters(line));
    expect(plainLines).toEqual(['STATE    X', 'ok       x', 'missing  x']);
  });

  it('shortens a long value only where the column says so', () => {
    const table = renderTable<string>([{ title: 'M', value: (row) => row, maxWidth: 5 }], ['abcdefgh'], plain);

    expect(table.split('\n')[1]).toBe('abcd…');
  });

  it('shows control characters of a record instead of obeying them', () => {
    const table = renderTable<string>([{ title: 'M', value: (row) => row }], ['\u001b[2Jgone\nnext\u202e'], plain);

    expect(table.split('\n')).toEqual(['M', '\\x1b[2Jgone\\x0anext\\u202e']);
  });
});

describe('pairs', () => {
  it('leave out what is not known', () => {
    const text = renderPairs(
      [
        ['delivery', 'dlv_1'],
        ['retry after', undefined],
        ['to', 'here'],
      ],
      plain,
    );

    expect(text).toBe('delivery  dlv_1\nto        here');
  });

  it('has further lines of a value below its first', () => {
    const text = renderPairs(
      [
        ['addresses', 'one\nanother'],
        ['to', 'here'],
      ],
      plain,
    );

    expect(text).toBe('addresses  one\n           another\nto         here');
  });
});
