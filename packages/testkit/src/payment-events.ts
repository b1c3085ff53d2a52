import { newDeliveryId } from '@trunkline/core';
import { type EventDraft, sealEvent, type SealedEvent } from '@trunkline/events';

/** A payment that has succeeded, as its normaliser would say it: only its id matters, and which time it is told of. */
export function sealedPayment(
  paymentId: string,
  nowMs: number,
  { tenantId = 'tnt_test', time = '' }: { readonly tenantId?: string; readonly time?: string } = {},
): SealedEvent<'payments.payment.v1'> {
  const draft: EventDraft<'payments.payment.v1'> = {
    topic: 'payments.payment.v1',
    type: 'payments.payment.succeeded',
    account: 'acct_test.test',
    entity: { kind: 'payment', id: paymentId },
    identity: { basis: 'id', id: `evt_of_${paymentId}${time}` },
    occurred: { at: nowMs, estimated: false },
    statedFields: ['status', 'amount', 'currency'],
    payload: { ...emptyPayment, status: 'succeeded', amount: 4990, currency: 'EUR' },
  };
  return sealEvent(draft, {
    tenantId,
    sourceId: 'src_test',
    provider: 'stripe',
    deliveryId: newDeliveryId(nowMs),
    receivedAtMs: nowMs,
    correction: 0,
    installationKey: new Uint8Array(32),
  });
}

const emptyPayment: EventDraft<'payments.payment.v1'>['payload'] = {
  status: null,
  providerStatus: null,
  amount: null,
  amountCapturable: null,
  amountReceived: null,
  currency: null,
  customerId: null,
  paymentMethodId: null,
  paymentMethodType: null,
  paymentMethodTypes: null,
  captureMethod: null,
  nextActionType: null,
  failureCode: null,
  failureReason: null,
  cancellationReason: null,
  chargeId: null,
  invoiceId: null,
  orderId: null,
  statementDescriptor: null,
  attributesJson: null,
  livemode: null,
  createdAt: null,
  canceledAt: null,
  payerEmail: null,
  subscriptionId: null,
  amountRefunded: null,
  feeAmount: null,
  netAmount: null,
  cardBrand: null,
  cardLast4: null,
};
