import { testRecord } from '@trunkline/consumer/testing';
import type { EventTypeOf, PayloadOf, RecordOf } from '@trunkline/events';

type Topic = 'payments.payment.v1';

const blank: PayloadOf<Topic> = {
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
};

type State = EventTypeOf<Topic> extends `payments.payment.${infer S}` ? S : never;

/** An event about the payment pi_1 of tnt_a, stating its status and what `stated` says. */
export function paymentRecord(
  state: State,
  occurredAt: number,
  stated: Partial<PayloadOf<Topic>> = {},
): RecordOf<Topic> {
  return testRecord<Topic>(
    {
      topic: 'payments.payment.v1',
      type: `payments.payment.${state}`,
      kind: 'payment',
      entityId: 'pi_1',
      occurredAt,
      stated: { status: state, ...stated },
    },
    blank,
  );
}
