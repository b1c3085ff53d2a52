import type { BatchHandler, ConsumedEvent } from '@trunkline/consumer';
import type { StatedFieldOf } from '@trunkline/events';
import {
  type ColumnValue,
  defineProjection,
  project,
  type Projection,
  type ProjectionEvent,
} from '@trunkline/postgres';

type Topic = 'payments.payment.v1';
type Field = StatedFieldOf<Topic>;

/** Every provider of payments sends the whole object each time, so one version guards all fields. */
export const paymentProjection: Projection<Field> = defineProjection<Field>({
  table: 'payment',
  versions: 'entity',
  // A payment is never deleted at its provider.
  existence: false,
  fields: {
    status: { column: 'status', type: 'text' },
    providerStatus: { column: 'provider_status', type: 'text' },
    amount: { column: 'amount', type: 'bigint' },
    amountCapturable: { column: 'amount_capturable', type: 'bigint' },
    amountReceived: { column: 'amount_received', type: 'bigint' },
    currency: { column: 'currency', type: 'text' },
    customerId: { column: 'customer_id', type: 'text' },
    paymentMethodId: { column: 'payment_method_id', type: 'text' },
    paymentMethodType: { column: 'payment_method_type', type: 'text' },
    paymentMethodTypes: { column: 'payment_method_types', type: 'text[]' },
    captureMethod: { column: 'capture_method', type: 'text' },
    nextActionType: { column: 'next_action_type', type: 'text' },
    failureCode: { column: 'failure_code', type: 'text' },
    failureReason: { column: 'failure_reason', type: 'text' },
    cancellationReason: { column: 'cancellation_reason', type: 'text' },
    chargeId: { column: 'charge_id', type: 'text' },
    invoiceId: { column: 'invoice_id', type: 'text' },
    orderId: { column: 'order_id', type: 'text' },
    statementDescriptor: { column: 'statement_descriptor', type: 'text' },
    attributesJson: { column: 'attributes_json', type: 'text' },
    livemode: { column: 'livemode', type: 'boolean' },
    createdAt: { column: 'created_at', type: 'timestamptz' },
    canceledAt: { column: 'canceled_at', type: 'timestamptz' },
  },
});

/** Keeps payments.payment at the newest state that any event told. */
export const paymentHandler: BatchHandler<Topic> = {
  name: 'payment',
  topic: 'payments.payment.v1',
  types: [
    'payments.payment.created',
    'payments.payment.action_required',
    'payments.payment.processing',
    'payments.payment.failed',
    'payments.payment.canceled',
    'payments.payment.succeeded',
  ],
  handleBatch: (events, tx) => project(tx, paymentProjection, events.map(projectionEvent)),
};

/** What an event says about its payment: the fields it states and no others. */
export function projectionEvent({ eventId, record }: ConsumedEvent<Topic>): ProjectionEvent<Field> {
  const { metadata } = record;
  const fields: Partial<Record<Field, ColumnValue>> = {};
  // A release newer than this one may state fields that this one has no column for.
  for (const name of metadata.statedFields) if (isField(name)) fields[name] = record[name];
  return {
    eventId,
    key: {
      tenantId: metadata.tenantId,
      provider: metadata.provider,
      account: metadata.account,
      kind: metadata.entityKind,
      entityId: metadata.entityId,
    },
    version: metadata.entityVersion,
    fields,
  };
}

function isField(name: string): name is Field {
  return Object.hasOwn(paymentProjection.fields, name);
}
