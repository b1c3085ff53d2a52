import { canonicalText, type EventTypeOf, type ExactJson, isExactObject, type PayloadOf } from '@trunkline/events';

import { member, textMember, wholeNumber } from '../contract/json-body.ts';

export type PaymentType = EventTypeOf<'payments.payment.v1'>;
export type PaymentPayload = PayloadOf<'payments.payment.v1'>;

/**
 * The one source of truth about a payment is its PaymentIntent: charge.* events tell the same story again.
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

export interface PaymentFacts {
  readonly payload: PaymentPayload;
  readonly statedFields: readonly (keyof PaymentPayload)[];
  /** Members of the PaymentIntent whose value is not what Stripe documents; they are left unstated. */
  readonly unreadable: readonly string[];
}

/** What one snapshot of a PaymentIntent states: every field it carries, null included, and nothing it does not. */
export function paymentFacts(intent: ExactJson, type: PaymentType): PaymentFacts {
  const stated: Partial<{ -readonly [F in keyof PaymentPayload]: PaymentPayload[F] }> = {
    // The catalogue's types of this topic are 'payments.payment.' and the state.
    status: type.slice('payments.payment.'.length),
  };
  const unreadable: string[] = [];

  /** States a field when the snapshot has the member and it reads; null is a statement, too. */
  const state = <F extends keyof PaymentPayload>(
    field: F,
    name: string,
    read: (value: ExactJson) => PaymentPayload[F] | undefined,
  ): void => {
    const value = member(intent, name);
    if (value === undefined) return;
    const result = value === null ? null : read(value);
    if (result === undefined) unreadable.push(name);
    else stated[field] = result as PaymentPayload[F]; // null is in every field of a payload: its schema has only [null, T]
  };

  state('providerStatus', 'status', readText);
  state('amount', 'amount', wholeNumber);
  state('amountCapturable', 'amount_capturable', wholeNumber);
  state('amountReceived', 'amount_received', wholeNumber);
  state('currency', 'currency', readCurrency);
  state('customerId', 'customer', readReference);
  state('paymentMethodId', 'payment_method', readReference);
  state('paymentMethodTypes', 'payment_method_types', readTexts);
  state('captureMethod', 'capture_method', readText);
  state('nextActionType', 'next_action', (action) => textMember(action, 'type'));
  state('failureCode', 'last_payment_error', (error) => readOptional(error, 'code'));
  state('failureReason', 'last_payment_error', (error) => readOptional(error, 'decline_code'));
  state('cancellationReason', 'cancellation_reason', readText);
  state('chargeId', 'latest_charge', readReference);
  state('invoiceId', 'invoice', readReference);
  state('statementDescriptor', 'statement_descriptor', readText);
  state('attributesJson', 'metadata', (attributes) =>
    isExactObject(attributes) ? canonicalText(attributes) : undefined,
  );
  state('livemode', 'livemode', (mode) => (typeof mode === 'boolean' ? mode : undefined));
  state('createdAt', 'created', readSeconds);
  state('canceledAt', 'canceled_at', readSeconds);

  return {
    payload: { ...unstatedPayment, ...stated },
    // The keys of `stated` are fields of the payload by its type.
    statedFields: Object.keys(stated) as (keyof PaymentPayload)[],
    unreadable: [...new Set(unreadable)],
  };
}

/** Seconds since the epoch as milliseconds; undefined for anything else. */
export function readSeconds(value: ExactJson | undefined): number | undefined {
  const seconds = wholeNumber(value);
  return seconds !== undefined && seconds >= 0 && seconds <= lastSecond ? seconds * 1000 : undefined;
}

/** The end of the year 9999; beyond it a number is no time, and its milliseconds would not be exact for long. */
const lastSecond = 253_402_300_799;

function readText(value: ExactJson): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Stripe writes ISO 4217 in lower case. */
function readCurrency(value: ExactJson): string | undefined {
  return typeof value === 'string' && /^[a-z]{3}$/i.test(value) ? value.toUpperCase() : undefined;
}

/** An id, or the expanded object that has it. */
function readReference(value: ExactJson): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return textMember(value, 'id');
}

function readTexts(value: ExactJson): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item) => typeof item === 'string');
  return texts.length === value.length ? texts : undefined;
}

/** A text inside an object that is there: a member that is absent or null means there is none. */
function readOptional(value: ExactJson, name: string): string | null | undefined {
  if (!isExactObject(value)) return undefined;
  const found = value[name];
  if (found === undefined || found === null) return null;
  return readText(found);
}

/** A payment of which nothing is known. Exhaustive, so a new field of the schema must be decided on here. */
const unstatedPayment: PaymentPayload = {
  status: null,
  providerStatus: null,
  amount: null,
  amountCapturable: null,
  amountReceived: null,
  currency: null,
  customerId: null,
  paymentMethodId: null,
  // Not in a PaymentIntent: the method is only an id there, and the list names what is allowed, not what was used.
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
