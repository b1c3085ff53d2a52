import { describe, expect, it } from 'vitest';

import { defineHandler, handlerTable, type RegisteredHandler } from './handler.ts';

describe('the handlers of a group', () => {
  it('are found by topic and type', () => {
    const handler = named('a', 'payments.payment.created');

    const table = handlerTable([handler]);

    expect(table.topics).toEqual(['payments.payment.v1']);
    expect(table.find('payments.payment.v1', 'payments.payment.created')).toBe(handler);
    expect(table.find('payments.payment.v1', 'payments.payment.failed')).toBeUndefined();
    expect(table.find('integration.event.v1', 'payments.payment.created')).toBeUndefined();
  });

  it('are one per event type', () => {
    const two = [named('a', 'payments.payment.created'), named('b', 'payments.payment.created')];

    expect(() => handlerTable(two)).toThrow(/a and b both claim payments\.payment\.created/);
  });

  it('claim only types that their topic carries', () => {
    const handler = { ...named('a', 'payments.payment.created'), types: ['payments.payment.exploded'] };

    expect(() => handlerTable([handler])).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('are at least one', () => {
    expect(() => handlerTable([])).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

function named(name: string, type: 'payments.payment.created'): RegisteredHandler {
  return defineHandler({ name, topic: 'payments.payment.v1', types: [type], handle: () => Promise.resolve('applied') });
}
