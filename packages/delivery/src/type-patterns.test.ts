import { describe, expect, it } from 'vitest';

import { matchesType, readTypePatterns } from './type-patterns.ts';

describe('a pattern of types', () => {
  it.each([
    ['payments.payment.succeeded', 'payments.payment.succeeded', true],
    ['payments.payment.succeeded', 'payments.payment.failed', false],
    ['payments.*', 'payments.payment.failed', true],
    ['payments.payment.*', 'payments.payment.failed', true],
    ['payments.*', 'crm.contact.created', false],
    ['*.*.failed', 'telephony.message.failed', true],
    ['*.*.failed', 'telephony.message.sent', false],
    ['payments.*.failed', 'payments.refund.failed', true],
    ['payments', 'payments.payment.failed', false],
    ['payments.payment.failed.*', 'payments.payment.failed', false],
    ['**', 'integration.event.received', true],
    ['*', 'integration.event.received', true],
    // What tells of webhooks out has to be named.
    ['**', 'delivery.endpoint.failing', false],
    ['*.*.failing', 'delivery.endpoint.failing', false],
    ['delivery.*', 'delivery.message.exhausted', true],
    ['delivery.*.failing', 'delivery.message.failing', true],
  ])('%s and the type %s: %s', (pattern, type, expected) => {
    expect(matchesType(pattern, type)).toBe(expected);
  });

  it('is read once, however often it is written', () => {
    expect(readTypePatterns([' payments.*', 'payments.*', ''])).toEqual(['payments.*']);
  });

  it('that nothing fits is refused, with what is alike', () => {
    expect(() => readTypePatterns(['payments.payment.suceeded'])).toThrow(/there is .*payments\.payment\./);
    expect(() => readTypePatterns(['billing.*'])).toThrow(/the domains are .*payments/);
    expect(() => readTypePatterns([])).toThrow(/or \*\* for all/);
  });
});
