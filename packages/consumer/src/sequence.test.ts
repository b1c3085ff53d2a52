import type { EventTypeOf } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { defineHandler, type Handler, handlerTable } from './handler.ts';
import { sequence } from './sequence.ts';

type Topic = 'payments.payment.v1';

describe('a sequence', () => {
  it('is one handler of all types that its parts want', () => {
    const handler = sequence('payment', [
      part('state', 'payments.payment.created', 'payments.payment.succeeded'),
      part('ledger', 'payments.payment.succeeded', 'payments.payment.failed'),
    ]);

    const table = handlerTable([defineHandler(handler)]);

    expect(handler).toMatchObject({ name: 'payment', topic: 'payments.payment.v1' });
    for (const type of ['created', 'succeeded', 'failed']) {
      expect(table.find('payments.payment.v1', `payments.payment.${type}`)?.name).toBe('payment');
    }
  });

  it('may be a part itself', () => {
    const inner = sequence('inner', [part('ledger', 'payments.payment.failed')]);

    const handler = sequence('outer', [part('state', 'payments.payment.created'), inner]);

    expect(handler.types).toEqual(['payments.payment.created', 'payments.payment.failed']);
  });

  it.each([
    ['no part', [], 'needs a part'],
    [
      'two parts of one name',
      [part('state', 'payments.payment.created'), part('state', 'payments.payment.failed')],
      'two parts of the name state',
    ],
  ])('with %s is refused', (_what, parts, reason) => {
    expect(() => sequence<Topic>('payment', parts)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(reason) as string }),
    );
  });

  it('with parts of two topics is refused', () => {
    const refund: Handler<'payments.refund.v1'> = {
      name: 'refund',
      topic: 'payments.refund.v1',
      types: ['payments.refund.failed'],
      handle: () => Promise.resolve('applied'),
    };

    expect(() =>
      sequence<'payments.payment.v1' | 'payments.refund.v1'>('money', [
        // A list typed so loosely is a mistake that the compiler lets through.
        part('state', 'payments.payment.created') as unknown as Handler<'payments.payment.v1' | 'payments.refund.v1'>,
        refund as unknown as Handler<'payments.payment.v1' | 'payments.refund.v1'>,
      ]),
    ).toThrow(/state of payments\.payment\.v1 and refund of payments\.refund\.v1/);
  });
});

function part(name: string, ...types: readonly EventTypeOf<Topic>[]): Handler<Topic> {
  return { name, topic: 'payments.payment.v1', types, handle: () => Promise.resolve('applied') };
}
