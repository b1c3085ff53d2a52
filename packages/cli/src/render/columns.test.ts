import { describe, expect, it } from 'vitest';

import { clip, createStyle, padEnd, shorten, widthOf } from './style.ts';
import { renderTable } from './table.ts';

describe('the columns of a text', () => {
  it.each([
    ['abc', 3],
    ['株式会社', 8],
    ['ｶﾌﾞ', 3],
    ['한글', 4],
    ['Ünï', 3],
    ['e\u0301a', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['🇩🇪', 2],
    ['👍🏽', 2],
    ['☎\ufe0f', 2],
    ['a\u200bb', 2],
    ['—…µ', 3],
  ])('of %s are %i', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
    expect(widthOf(padEnd(text, 12))).toBe(12);
  });

  it.each([
    ['株式会社', 5, '株式…'],
    ['株式会社', 4, '株…'],
    ['株式会社', 8, '株式会社'],
    ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3, '👩‍👩‍👧‍👦…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['abc', 0, '…'],
  ])('of %s are cut to %i between what is drawn: %s', (text, width, expected) => {
    expect(shorten(text, width)).toBe(expected);
    expect(clip(text, width)).toBe(expected);
  });

  it('are cut with the colours closed, and nothing narrower fills what a wide one left', () => {
    const { bad } = createStyle(true);

    expect(clip(`${bad('株株')}ab`, 4)).toBe(`${bad('株')}…`);
  });

  it('line a table up', () => {
    const columns = [
      { title: 'NAME', value: ({ name }: { readonly name: string }) => name },
      { title: 'ID', value: () => 'x' },
    ];

    const lines = renderTable(columns, [{ name: '東京支店' }, { name: 'Berlin' }], createStyle(false)).split('\n');

    expect(lines.map((line) => widthOf(line.slice(0, line.search(/(?:ID|x)$/))))).toEqual([10, 10, 10]);
  });
});
