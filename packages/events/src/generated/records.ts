// Generated from schemas/ by `npm run generate`. Do not edit.

/** The envelope of every domain event: who said what about which entity, when, and how new it is. Required fields are required for ever; a change is released in all subjects at once. */
export interface Metadata {
  /** evt_ and 32 hex digits, deterministic: the same fact received again has the same id. Equal to the header ce_id. Dedupe by it. */
  readonly eventId: string;
  /** <domain>.<entity>.<what happened>, from a closed, growing list. Equal to ce_type. */
  readonly type: string;
  /** The customer of the operator this event belongs to. */
  readonly tenantId: string;
  /** The configured endpoint that received it; unique in the installation and never reused. */
  readonly sourceId: string;
  /** The outside company: stripe, twilio, generic, ... */
  readonly provider: string;
  /** The provider's own container of ids, for example acct_1.live; ids are unique only inside an account and a kind. */
  readonly account: string;
  /** What kind of thing entityId names, in the provider's account. */
  readonly entityKind: string;
  /** The provider's id of the thing. (tenantId, provider, account, entityKind, entityId) is the key of a projection. */
  readonly entityId: string;
  /** Which of two events about one entity is newer: the greater text, compared as bytes. */
  readonly entityVersion: string;
  /** The provider's own id of this event, where it has one. */
  readonly providerEventId: string | null;
  /** <domain>.<entity>#<qualifier>: which of several events of one provider message this is. */
  readonly slot: string;
  /** When the fact happened, by the provider's clock; the time of receipt when it is estimated. Epoch milliseconds. */
  readonly occurredAt: number;
  /** True when the provider stated no usable time. */
  readonly occurredAtIsEstimated: boolean;
  /** A number the provider documents as growing per entity. */
  readonly providerSequence: number | null;
  /** When Trunkline received the delivery; kept by a replay. Epoch milliseconds. */
  readonly receivedAt: number;
  /** The delivery on ingress.delivery.v1 that carried it; kept by a replay. */
  readonly deliveryId: string;
  /** 0, or the number of the replay that repairs what an earlier release understood wrongly. */
  readonly correction: number;
  /** The payload fields this event speaks about. Null in a stated field means cleared; a field that is not stated is not known and must not be written. */
  readonly statedFields: readonly string[];
  /** What the provider says has changed; information only. */
  readonly changedFields: readonly string[] | null;
}

/** One payment as its provider describes it: a Stripe PaymentIntent, a PayPal capture, a transaction of a Shopify order. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsPayment {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: created, action_required, processing, failed, canceled or succeeded. More may come; treat an unknown word as not final. */
  readonly status: string | null;
  /** The provider's own word, for example requires_payment_method or COMPLETED. */
  readonly providerStatus: string | null;
  /** What was asked for, in minor units of the currency (cents; whole yen). */
  readonly amount: number | null;
  /** Authorised and not yet captured, in minor units. */
  readonly amountCapturable: number | null;
  /** Received so far, in minor units; refunds are not subtracted. */
  readonly amountReceived: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** The provider's id of the customer. */
  readonly customerId: string | null;
  /** The provider's id of the payment method. */
  readonly paymentMethodId: string | null;
  /** The kind of method used or tried: card, sepa_debit, paypal, ... */
  readonly paymentMethodType: string | null;
  /** The kinds of method the payment allows. */
  readonly paymentMethodTypes: readonly string[] | null;
  /** automatic, manual, or the provider's further words. */
  readonly captureMethod: string | null;
  /** What the payer has to do while the status is action_required, in the provider's words. */
  readonly nextActionType: string | null;
  /** The provider's code of the last failure, for example card_declined. */
  readonly failureCode: string | null;
  /** The finer reason a bank or a processor gave, as a code, for example insufficient_funds. */
  readonly failureReason: string | null;
  /** Why it was canceled, as a code. */
  readonly cancellationReason: string | null;
  /** The provider's id of the movement of money behind it: the latest Stripe charge, the PayPal capture, the Shopify transaction. */
  readonly chargeId: string | null;
  /** The provider's id of the invoice this pays. */
  readonly invoiceId: string | null;
  /** The provider's id of the order this pays. */
  readonly orderId: string | null;
  /** What the payer reads on the bank statement. */
  readonly statementDescriptor: string | null;
  /** What the merchant attached at the provider (Stripe metadata), as canonical JSON text. It may hold personal values: do not log it. */
  readonly attributesJson: string | null;
  /** False for a payment made with test credentials. */
  readonly livemode: boolean | null;
  /** When the payment was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When it was canceled. Epoch milliseconds. */
  readonly canceledAt: number | null;
}

/** One HTTP header of a delivery. */
export interface IngressHeader {
  /** Lower case. */
  readonly name: string;
  /** Null when it was withheld: signatures, tokens, cookies and whatever is not known to be harmless. */
  readonly value: string | null;
}

/** An authentic message of a provider for which Trunkline has no canonical form: enough of it to be processed by a subscriber who knows the provider. */
export interface IntegrationEvent {
  /** The envelope; statedFields is empty. */
  readonly metadata: Metadata;
  /** The provider's own name of the event, for example charge.dispute.created. */
  readonly originalType: string | null;
  /** The media type of the body as it was sent. */
  readonly contentType: string | null;
  /** The raw body, byte for byte; only this item of it, as canonical JSON text, when itemIndex is set. */
  readonly body: Buffer;
  /** Position of the item, from 0, when one delivery carried several. */
  readonly itemIndex: number | null;
  /** The HTTP method. */
  readonly method: string | null;
  /** The query string without the question mark, secrets withheld: some providers say everything there. */
  readonly query: string | null;
  /** The provider's headers, secrets withheld: some providers put the event's name there. */
  readonly headers: readonly IngressHeader[] | null;
}

/** One authentic HTTP request of a provider: its raw bytes and what became of it. The source of replays. */
export interface IngressDelivery {
  /** dlv_ and 32 hex digits, given at receipt. */
  readonly deliveryId: string;
  /** The tenant of the source. */
  readonly tenantId: string | null;
  /** The source that received it. */
  readonly sourceId: string | null;
  /** The provider that verified it. */
  readonly provider: string;
  /** When its first byte was read. Epoch milliseconds. */
  readonly receivedAt: number;
  /** The HTTP method. */
  readonly method: string;
  /** The path of the request. */
  readonly path: string;
  /** The query string without the question mark, secrets withheld. */
  readonly query: string | null;
  /** In the order received. */
  readonly headers: readonly IngressHeader[];
  /** The media type as it was sent. */
  readonly contentType: string | null;
  /** The raw body, byte for byte. */
  readonly body: Buffer;
  /** normalised, partial, unnormalised or ignored. */
  readonly verdict: string;
  /** Why the verdict is not normalised; never a value of the payload. */
  readonly reason: string | null;
  /** The events it became, in the order of its items. */
  readonly eventIds: readonly string[];
  /** The kind of handshake it was, when it was one. */
  readonly handshake: string | null;
  /** The HTTP status Trunkline answers once this record is acknowledged. */
  readonly answerStatus: number | null;
  /** The name (never the value) of the secret that verified it: tells when an old secret is no longer used. */
  readonly verifiedWith: string | null;
  /** 32 hex digits of the trace of the request. */
  readonly traceId: string | null;
}

/** A request that was refused, without its body: what an operator needs to find out why. Rate-limited, so it counts nothing. */
export interface IngressRejection {
  /** dlv_ and 32 hex digits, given at receipt. */
  readonly deliveryId: string;
  /** The tenant, when the source is known. */
  readonly tenantId: string | null;
  /** The source, when it is known. */
  readonly sourceId: string | null;
  /** The provider of the source, when it is known. */
  readonly provider: string | null;
  /** When its first byte was read. Epoch milliseconds. */
  readonly receivedAt: number;
  /** The check that refused it: limits, source, address, signature, rate, ... */
  readonly step: string;
  /** The error code, for example signature_invalid. */
  readonly code: string;
  /** One sentence for an operator; no secret, no payload. */
  readonly detail: string | null;
  /** The HTTP method. */
  readonly method: string;
  /** The path of the request, shortened when it is long. */
  readonly path: string;
  /** The query string without the question mark, secrets withheld. */
  readonly query: string | null;
  /** In the order received. */
  readonly headers: readonly IngressHeader[];
  /** The media type as it was sent. */
  readonly contentType: string | null;
  /** How long the body was, as far as it was read; null when it was not read. */
  readonly bodyBytes: number | null;
  /** 64 hex digits; null when the body was not read to its end. */
  readonly bodySha256: string | null;
  /** The HTTP status that was answered. */
  readonly answerStatus: number | null;
  /** How many like it went unrecorded since the last one that was recorded. */
  readonly suppressedBefore: number | null;
  /** 32 hex digits of the trace of the request. */
  readonly traceId: string | null;
}

/** The record of each topic. */
export interface Records {
  readonly 'payments.payment.v1': PaymentsPayment;
  readonly 'integration.event.v1': IntegrationEvent;
  readonly 'ingress.delivery.v1': IngressDelivery;
  readonly 'ingress.rejection.v1': IngressRejection;
}
