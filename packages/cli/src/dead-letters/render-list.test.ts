import { headerName } from '@trunkline/events';
import { deadLetter, deadRecord } from '@trunkline/operations/testing';
import { describe, expect, it } from 'vitest';

import { createStyle, widthOf } from '../render/style.ts';
import { documentOf } from './document.ts';
import { renderLetters } from './render-list.ts';

const record = deadRecord();
const letter = deadLetter({
  ...record,
  key: Buffer.from('tnt_demo:stripe:acct_1NvX2.live:payment_intent:pi_3MtwBwLkdIwHu7ix28a3tqPa'),
  headers: {
    ...record.headers,
    [headerName.exceptionCode]: 'constraint_violated',
    [headerName.exceptionMessage]:
      'new row for relation "…" (23514) [table payment constraint no_big_orders_of_anybody_at_all]',
  },
});
const documents = [documentOf(letter, record.timestampMs + 90 * 60_000)];

describe('a list of dead letters', () => {
  it.each([80, 100, 120, 160, 240])('fits a screen of %d columns and names letter, code and cause', (width) => {
    const text = renderLetters(documents, { style: createStyle(true), width });

    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
    expect(text).toContain(letter.id);
    expect(text).toContain('constraint_violated');
    expect(text).toContain('no_big_orders');
  });

  it('is a line a letter from 100 columns on, and a block below', () => {
    const linesAt = (width: number) =>
      renderLetters(documents, { style: createStyle(false), width }).split('\n').length;

    expect(linesAt(100)).toBe(2);
    expect(linesAt(99)).toBeGreaterThan(4);
  });
});
