import { describe, expect, it } from 'vitest';

import { defineHandler } from './handler.ts';
import { declaredHandlers, type Handlers } from './offers.ts';

const made: Handlers = ({ clock }) => [
  defineHandler({
    name: 'late',
    topic: 'payments.payment.v1',
    types: ['payments.payment.created'],
    handle: ({ firstAppendMs }) => Promise.resolve(firstAppendMs < clock() ? 'applied' : 'stale'),
  }),
];

describe('the handlers of a service', () => {
  it('tell their topics and types before there is a service', () => {
    expect(declaredHandlers(made)).toMatchObject([
      { name: 'late', topic: 'payments.payment.v1', types: ['payments.payment.created'] },
    ]);
  });

  it('may not use what they are offered while their list is made', () => {
    const hasty: Handlers = (offers) => (offers.clock() > 0 ? made(offers) : []);

    expect(() => declaredHandlers(hasty)).toThrow(/clock is used while the list of handlers is made/);
  });
});
