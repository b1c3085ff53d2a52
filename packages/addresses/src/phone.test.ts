import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString as parseByLargest } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';

import { phone } from './phone.ts';

describe('a telephone number', () => {
  it.each([
    ['+15005550006', undefined, '+15005550006'],
    ['(500) 555-0006', 'US', '+15005550006'],
    [' 0171 / 123 45 67 ', 'DE', '+491711234567'],
    ['0049 171 1234567', 'DE', '+491711234567'],
    ['+44 (0)20 7946 0000', undefined, '+442079460000'],
    ['+4402079460000', undefined, '+442079460000'],
    ['06 1234 5678', 'IT', '+390612345678'],
    ['tel:+1-500-555-0006', undefined, '+15005550006'],
    ['sip:+15005550006@pbx.example', undefined, '+15005550006'],
    ['SIPS:+1-500-555-0006;phone-context=x@[2001:db8::1]:5061;transport=tls', undefined, '+15005550006'],
    ['sip:+15005550006;ext=12@pbx.example', undefined, '+15005550006;ext=12'],
    ['٠١٧١١٢٣٤٥٦٧', 'DE', '+491711234567'],
  ])('written as %s in the region %s is %s', (text, region, expected) => {
    expect(phone(text, region)).toBe(expected);
  });

  it('without its country is none where no region is given, or one that nobody knows', () => {
    expect(phone('0171 1234567')).toBeUndefined();
    expect(phone('0171 1234567', 'Germany')).toBeUndefined();
  });

  it('with its country does not change with the region', () => {
    for (const region of [undefined, 'US', 'DE', 'IT']) expect(phone('+442079460000', region)).toBe('+442079460000');
  });

  it('with an extension is another one', () => {
    expect(phone('+1 500 555 0006 ext. 12')).toBe('+15005550006;ext=12');
    expect(phone('+15005550006;ext=12')).toBe('+15005550006;ext=12');
  });

  it.each([
    ['a short code', '72345'],
    ['an emergency number', '112'],
    ['a client of a softphone', 'client:15005550006'],
    ['a SIP address of a name', 'sip:ada@pbx.example'],
    ['a SIP address of digits without a country', 'sip:15005550006@pbx.example'],
    ['a SIP address without its host', 'sip:+15005550006'],
    ['a SIP address without end', `sip:+${'1'.repeat(100_000)}@pbx.example`],
    ['the name of a sender', 'ACME'],
    ['a caller who withholds the number', 'anonymous'],
    ['what Twilio writes for a caller who withholds the number', '+266696687'],
    ['a number in the middle of a text', 'call +15005550006 please'],
    ['a country alone', '+1'],
    ['nothing', ''],
    ['a text without end', '1'.repeat(100_000)],
  ])('is not %s', (_, text) => {
    expect(phone(text, 'US')).toBeUndefined();
  });

  it('of every region is what the largest descriptions make of it, written with and without its country', () => {
    for (const region of getCountries()) {
      const example = getExampleNumber(region, examples);
      for (const text of [example?.number ?? '', example?.formatNational() ?? '']) {
        expect([region, phone(text, region)]).toEqual([
          region,
          parseByLargest(text, { defaultCountry: region })?.number,
        ]);
      }
    }
  });

  it('is the same number again when it is read again', () => {
    for (const region of getCountries()) {
      const once = phone(getExampleNumber(region, examples)?.formatNational() ?? '', region);
      expect([region, phone(once ?? '', 'US')]).toEqual([region, once]);
    }
  });
});
