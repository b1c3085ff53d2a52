import { operatorTemplateNames, templateNames } from '@trunkline/sources/directory';
import { describe, expect, it } from 'vitest';

import { languages, placeholdersOf, say } from './say.ts';

const names = [...templateNames, ...operatorTemplateNames];

describe('the texts', () => {
  it.each(Object.entries(languages))(
    'of %s say all that can be told, with the parameters of English',
    (_, { texts }) => {
      const used = (template: (typeof names)[number], of = texts): readonly string[] =>
        [...new Set([of[template].subject, ...of[template].lines].flatMap(placeholdersOf))].toSorted();

      expect(names.map((template) => used(template))).toEqual(
        names.map((template) => used(template, languages.en.texts)),
      );
    },
  );
});

describe('what is said', () => {
  it('leaves out lines whose parameter is not known, and says of the news itself that it is not', () => {
    expect(say('missed_call', 'en', { from: null, to: '+15005550001', outcome: null, endedAt: null })).toEqual({
      subject: 'Missed call from unknown',
      text: 'Missed call from unknown to +15005550001.',
    });
  });

  it('is in the language of the person, else in English', () => {
    const subjects = ['de-AT', 'de', 'fr'].map((language) => say('no_show', language, { invitee: 'Ida' })?.subject);

    expect(subjects).toEqual(['Ida ist nicht gekommen', 'Ida ist nicht gekommen', 'Ida did not come']);
  });

  it.each([
    { currency: 'EUR', language: 'en', amount: 123_456, subject: 'A payment of €1,234.56 failed' },
    { currency: 'eur', language: 'de', amount: 123_456, subject: 'Zahlung über 1.234,56 € fehlgeschlagen' },
    { currency: 'JPY', language: 'en', amount: 1_234, subject: 'A payment of ¥1,234 failed' },
    { currency: 'KWD', language: 'en', amount: 1_234, subject: 'A payment of KWD 1.234 failed' },
    { currency: 'no money', language: 'en', amount: 5, subject: 'A payment of 5 (no money) failed' },
  ])('has money of $currency as people write it', ({ currency, language, amount, subject }) => {
    const said = say('payment_failed', language, { amount, currency })?.subject;

    expect(said?.replaceAll('\u00A0', ' ')).toBe(subject);
  });

  it('has times with their zone', () => {
    const { text = '' } = say('booking_created', 'en', { invitee: 'Ida', startsAt: '2026-03-05T13:00:00.000Z' }) ?? {};

    expect(text.replaceAll('\u202F', ' ')).toContain('When: Mar 5, 2026, 1:00 PM UTC.');
  });

  it('is one line for each line of the text, whatever a value holds', () => {
    expect(say('no_show', 'en', { invitee: 'Ida\r\nFrom: us\u0000' })?.text).toBe('Ida From: us did not come.');
  });
});
