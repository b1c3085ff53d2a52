import { describe, expect, it } from 'vitest';

import { fitSms } from './sms.ts';

describe('a text message', () => {
  it.each([
    ['of letters of GSM-7', 'ä'.repeat(459)],
    ['of letters that take two places', '€'.repeat(229)],
    ['of other letters', 'ж'.repeat(201)],
    ['of letters of two units', '😀'.repeat(100)],
  ])('%s is left as it is in three segments', (_, text) => {
    expect(fitSms(text)).toBe(text);
  });

  it.each([
    ['ä'.repeat(460), `${'ä'.repeat(456)}...`],
    ['€'.repeat(230), `${'€'.repeat(228)}...`],
    ['ж'.repeat(202), `${'ж'.repeat(200)}…`],
    ['😀'.repeat(101), `${'😀'.repeat(100)}…`],
  ])('that is longer keeps its beginning, and no half of a letter', (text, fitting) => {
    expect(fitSms(text)).toBe(fitting);
  });
});
