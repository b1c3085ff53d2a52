import { type EventTypeOf, type ExactJson, type ExactObject, isExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText, readTexts } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type PaymentType = EventTypeOf<'payments.payment.v1'>;

/**
 * The one source of truth about the state of a payment is its PaymentIntent; see charge.ts for what charges add.
 * Types that are not here (amount_capturable_updated, partially_funded) name no state of a payment of their own and go
 * to integration.event.v1.
 */
export const paymentTypes: ReadonlyMap<string, PaymentType> = new Map([
  ['payment_intent.created', 'payments.payment.created'],
  ['payment_intent.requires_action', 'payments.payment.action_required'],
  ['payment_intent.processing', 'payments.payment.processing'],
  ['payment_intent.payment_failed', 'payments.payment.failed'],
  ['payment_intent.canceled', 'payments.payment.canceled'],
  ['payment_intent.succeeded', 'payments.payment.succeeded'],
]);

/** What one snapshot of a PaymentIntent states: every field it carries, null included, and nothing it does not. */
export function paymentFact(intent: ExactObject, name: string): SnapshotFact | undefined {
  const type = paymentTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.payment.v1', intent);
  const readAmount = amountReader(intent['currency']);
  // The catalogue's types of this topic are 'payments.payment.' and the state.
  reader.say('status', type.slice('payments.payment.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', readAmount);
  reader.state('amountCapturable', 'amount_capturable', readAmount);
  reader.state('amountReceived', 'amount_received', readAmount);
  reader.state('currency', 'currency', readCurrency);
  reader.state('customerId', 'customer', readReference);
  reader.state('paymentMethodId', 'payment_method', readReference);
  reader.state('paymentMethodTypes', 'payment_method_types', readTexts);
  reader.state('captureMethod', 'capture_method', readText);
  reader.state('nextActionType', 'next_action', (action) => textMember(action, 'type'));
  reader.state('failureCode', 'last_payment_error', (error) => readOptional(error, 'code'));
  reader.state('failureReason', 'last_payment_error', (error) => readOptional(error, 'decline_code'));
  reader.state('cancellationReason', 'cancellation_reason', readText);
  reader.state('chargeId', 'latest_charge', readReference);
  reader.state('invoiceId', 'invoice', readReference);
  reader.state('statementDescriptor', 'statement_descriptor', readText);
  // Null says that no receipt was asked for, not that the payer has no address.
  reader.say('payerEmail', readText(intent['receipt_email']));
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  reader.state('canceledAt', 'canceled_at', readSeconds);
  return reader.fact(type);
}

/** A text inside an object that is there: a member that is absent or null means there is none. */
function readOptional(value: ExactJson, name: string): string | null | undefined {
  if (!isExactObject(value)) return undefined;
  const found = value[name];
  return found === undefined || found === null ? null : readText(found);
}
