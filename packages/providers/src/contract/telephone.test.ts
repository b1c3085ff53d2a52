import { describe, expect, it } from 'vitest';

import { orderByNumbers, readTelephone, readTelephoneWithoutPlus, telephoneNumber } from './telephone.ts';

describe('a telephone number', () => {
  it.each([
    ['+15595550169', '+15595550169'],
    ['+1 559-555-0169', '+15595550169'],
    ['+1 (559) 555-0169', '+15595550169'],
    ['+49 30/901820.0', '+49309018200'],
    ['+44 (0)20 7946 0000', '+442079460000'],
    [' +44 20 7946 0000 ', '+442079460000'],
    ['tel:+44-20-7946-0000', '+442079460000'],
    ['\u202a+1\u00a0559\u2011555\u20110169\u202c', '+15595550169'],
  ])('written as %s is one of E.164', (text, expected) => {
    expect(telephoneNumber(text)).toBe(expected);
  });

  it.each([
    '(559) 555-0169',
    '020 7946 0000',
    '447700900000',
    '0044 20 7946 0000',
    '12345',
    'ACME',
    '+1 559-555-0169 ext. 12',
    '+1 559 555 0169, +1 559 555 0170',
    '+0 559 555 0169',
    '+1234567890123456',
    'sip:+15595550169@example.com',
    'client:ann',
  ])('that the form does not show stays as it came: %s', (text) => {
    expect(telephoneNumber(text)).toBe(text);
  });

  it.each([
    ['447700900000', '+447700900000'],
    ['+447700900000', '+447700900000'],
    ['12345', '12345'],
    ['0447700900000', '0447700900000'],
    ['1234567890123456', '1234567890123456'],
    ['ACME', 'ACME'],
    ['44 7700 900000', '44 7700 900000'],
  ])('of a provider that writes no plus: %s is %s', (text, expected) => {
    expect(telephoneNumber(text, { withoutPlus: true })).toBe(expected);
  });

  it('is read from a text; an empty one says that there is none', () => {
    expect([readTelephone('+1 559-555-0169'), readTelephone(' '), readTelephone(true)]).toEqual([
      '+15595550169',
      null,
      undefined,
    ]);
    expect([readTelephoneWithoutPlus('447700900000'), readTelephoneWithoutPlus('')]).toEqual(['+447700900000', null]);
  });

  it('puts a conversation in order only where both ends are one', () => {
    expect(orderByNumbers('+447700900000', '+15595550169')).toEqual({
      by: 'personal',
      kind: 'pair',
      values: ['+447700900000', '+15595550169'],
    });
    expect(orderByNumbers('ACME', '+15595550169')).toBeUndefined();
  });
});
