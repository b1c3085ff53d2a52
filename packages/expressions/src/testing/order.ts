import type { Schema } from '../types.ts';

const text: Schema = { type: ['string', 'null'] };
const whole: Schema = { type: ['integer', 'null'] };

const origin: Schema = {
  type: 'object',
  properties: {
    provider: { type: 'string' },
    entity: { type: 'object', properties: { kind: { type: 'string' }, id: { type: 'string' } } },
    about: { type: 'object' },
  },
};

const messageSchema = (type: string, properties: Schema): Schema => ({
  type: 'object',
  properties: {
    type: { const: type },
    timestamp: { type: 'string', format: 'date-time' },
    data: { type: 'object', properties },
    trunkline: origin,
  },
});

/** A message in the shape of packages/payload. */
export const orderSchema: Schema = messageSchema('shop.order.paid', {
  amount: whole,
  currency: text,
  isTest: { type: ['boolean', 'null'] },
  paidAt: { ...text, format: 'date-time' },
  tags: { type: ['array', 'null'], items: { type: 'string' } },
  items: { type: ['array', 'null'], items: { type: 'object', properties: { sku: text, quantity: whole } } },
});

/** One of another type, with other fields. */
export const refundSchema: Schema = messageSchema('shop.order.refunded', { currency: text, reason: text });

export function orderMessage(data: Readonly<Record<string, unknown>>): unknown {
  return {
    type: 'shop.order.paid',
    timestamp: '2026-03-02T10:15:30.250Z',
    data,
    trunkline: { provider: 'stripe', entity: { kind: 'order', id: 'o_1' } },
  };
}
