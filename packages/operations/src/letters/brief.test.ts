import { describe, expect, it } from 'vitest';

import { briefMessage } from './brief.ts';

describe('a message in a list', () => {
  it.each([
    ['new row for relation "…" (23514) [table payment constraint no_big_orders]', 'no_big_orders (23514)'],
    ['null value in column "…" (23502) [table payment column amount]', 'payment.amount (23502)'],
    ['value too long (22001)', 'value too long (22001)'],
    ['the bank said no', 'the bank said no'],
    ['', ''],
  ])('of %j names the cause', (message, brief) => {
    expect(briefMessage(message)).toBe(brief);
  });
});
