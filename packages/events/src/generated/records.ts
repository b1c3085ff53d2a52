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

/** One leg of a telephone call: a Twilio CallSid, a Telnyx call_control_id, a Vonage call uuid. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface TelephonyCall {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: initiated (queued, too), ringing, answered or completed. More may come; treat an unknown word as not final. */
  readonly status: string | null;
  /** How a completed call ended: completed (it was answered), busy, no_answer, failed or canceled. Null before. */
  readonly outcome: string | null;
  /** The provider's own word, for example in-progress, no-answer or unanswered. */
  readonly providerStatus: string | null;
  /** inbound or outbound, as seen from the account. */
  readonly direction: string | null;
  /** Personal. The calling number, E.164 where it is one, else the SIP address or client name. */
  readonly fromAddress: string | null;
  /** Personal. The called number, E.164 where it is one, else the SIP address or client name. */
  readonly toAddress: string | null;
  /** Personal. The number that forwarded the call here, where the carrier says so. */
  readonly forwardedFrom: string | null;
  /** The provider's id of the call that caused this leg. */
  readonly parentCallId: string | null;
  /** The provider's id of what several legs have in common: a Telnyx call session, a Vonage conversation. */
  readonly conversationId: string | null;
  /** From answer to end, as the provider counts it; null where nobody answered. */
  readonly durationSeconds: number | null;
  /** human, machine, fax or unknown where the provider listened, or its further words. */
  readonly answeredBy: string | null;
  /** Why it ended, in the provider's words, for example normal_clearing. */
  readonly hangupCause: string | null;
  /** Who ended it, in the provider's words, for example caller. */
  readonly hangupSource: string | null;
  /** The final SIP response, for example 486. */
  readonly sipResponseCode: number | null;
  /** The provider's code of the failure. */
  readonly failureCode: string | null;
  /** When the call was started. Epoch milliseconds. */
  readonly startedAt: number | null;
  /** When it was answered. Epoch milliseconds. */
  readonly answeredAt: number | null;
  /** When it ended. Epoch milliseconds. */
  readonly endedAt: number | null;
  /** What the provider charges for it, in millionths of the currency's unit: prices are fractions of a cent. */
  readonly priceMicros: number | null;
  /** ISO 4217, of priceMicros. */
  readonly priceCurrency: string | null;
}

/** One recording of a call. The sound itself stays at the provider. Its records are ordered with those of its call where the provider names it. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface TelephonyRecording {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: available or failed. More may come. */
  readonly status: string | null;
  /** The provider's own word, for example completed or absent. */
  readonly providerStatus: string | null;
  /** The provider's id of the call: the entity id of telephony.call. */
  readonly callId: string | null;
  /** The provider's id of what several legs have in common. */
  readonly conversationId: string | null;
  /** Where the sound is. Only an address that asks for the account's credentials; an address that anybody could open is left out. */
  readonly mediaUrl: string | null;
  /** wav, mp3, or the provider's further words. */
  readonly format: string | null;
  /** Its length. */
  readonly durationSeconds: number | null;
  /** 1 for mixed, 2 for one channel each side. */
  readonly channels: number | null;
  /** inbound, outbound or both, where it holds one side only. */
  readonly track: string | null;
  /** What asked for it, in the provider's words, for example RecordVerb. */
  readonly source: string | null;
  /** The size of the file. */
  readonly sizeBytes: number | null;
  /** The provider's code of the failure. */
  readonly failureCode: string | null;
  /** When recording began. Epoch milliseconds. */
  readonly startedAt: number | null;
  /** When recording ended. Epoch milliseconds. */
  readonly endedAt: number | null;
}

/** What was said in a call or recording, as text. Its records are ordered with those of its call where the provider names it. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface TelephonyTranscript {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: available or failed. More may come. */
  readonly status: string | null;
  /** The provider's own word, for example completed. */
  readonly providerStatus: string | null;
  /** The provider's id of the call: the entity id of telephony.call. */
  readonly callId: string | null;
  /** The provider's id of the recording: the entity id of telephony.recording. */
  readonly recordingId: string | null;
  /** The provider's id of what several legs have in common. */
  readonly conversationId: string | null;
  /** Personal. What was said, at most 200,000 characters. Null where the provider only announces the transcript and it must be fetched. */
  readonly text: string | null;
  /** True when text is only its beginning. */
  readonly textTruncated: boolean | null;
  /** Where the provider keeps it. Only an address that asks for the account's credentials. */
  readonly contentUrl: string | null;
  /** BCP 47, for example de-DE. */
  readonly language: string | null;
  /** inbound, outbound or both: whose words they are. */
  readonly track: string | null;
  /** False for a part of a running call that the provider may still correct. */
  readonly isFinal: boolean | null;
  /** Position of the part in a running transcription, as the provider counts. */
  readonly sequence: number | null;
  /** The provider's code of the failure. */
  readonly failureCode: string | null;
}

/** One SMS, MMS or chat message to or from a telephone number. Its records are ordered with those of the same two numbers. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface TelephonyMessage {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: received, queued (accepted and scheduled, too), sent, delivered, failed (undelivered and rejected, too), canceled or read. More may come; treat an unknown word as not final. */
  readonly status: string | null;
  /** The provider's own word, for example undelivered or delivery_failed. */
  readonly providerStatus: string | null;
  /** inbound or outbound, as seen from the account. */
  readonly direction: string | null;
  /** sms, mms, whatsapp, rcs, or the provider's further words. */
  readonly channel: string | null;
  /** Personal. The sending number, E.164 where it is one, else the sender's name or id. */
  readonly fromAddress: string | null;
  /** Personal. The receiving number, E.164 where it is one; of a group, the first. */
  readonly toAddress: string | null;
  /** Personal. The text, at most 65,536 characters. */
  readonly body: string | null;
  /** True when body is only its beginning. */
  readonly bodyTruncated: boolean | null;
  /** How many files came with it. The files stay at the provider. */
  readonly mediaCount: number | null;
  /** The media types of the files, in their order. */
  readonly mediaTypes: readonly string[] | null;
  /** How many parts the carrier counts. */
  readonly segmentCount: number | null;
  /** The provider's id of the service, profile or application it went through. */
  readonly messagingServiceId: string | null;
  /** The provider's id of the conversation. */
  readonly conversationId: string | null;
  /** What the sender attached to recognise it. */
  readonly clientReference: string | null;
  /** The provider's or carrier's code of the failure, for example 30003. */
  readonly failureCode: string | null;
  /** When it was handed to the carrier, or sent to us. Epoch milliseconds. */
  readonly sentAt: number | null;
  /** When the provider had its final word on it. Epoch milliseconds. */
  readonly completedAt: number | null;
  /** Why it failed, in the provider's or carrier's words, at most 4,096 characters. */
  readonly failureReason: string | null;
  /** True when failureReason is only its beginning. */
  readonly failureReasonTruncated: boolean | null;
  /** Personal. The name the sender has in the channel (WhatsApp). */
  readonly senderName: string | null;
  /** The entity id of the message it answers, where the channel says so. */
  readonly repliesTo: string | null;
  /** What the sender of the buttons attached to the one that was pressed, at most 4,096 characters; null where it is longer. */
  readonly replyPayload: string | null;
  /** What the provider charges for it, in millionths of the currency's unit: prices are fractions of a cent. */
  readonly priceMicros: number | null;
  /** ISO 4217, of priceMicros. */
  readonly priceCurrency: string | null;
}

/** One payment as its provider describes it: a Stripe PaymentIntent (or a charge that has none), a PayPal capture or sale, a transaction of a Shopify order. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
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
  /** Personal. The payer's address, where the provider tells it: what joins a payment to a person who has no customer id. */
  readonly payerEmail: string | null;
  /** The provider's id of the subscription this pays: the entity id of payments.subscription. */
  readonly subscriptionId: string | null;
  /** Gone back to the payer so far, in minor units. */
  readonly amountRefunded: number | null;
  /** What the provider kept of it, in minor units; a negative one was paid out. */
  readonly feeAmount: number | null;
  /** What of it reached the merchant's balance, in minor units. */
  readonly netAmount: number | null;
  /** The network of the card it was paid or tried with, in the provider's words, for example visa. */
  readonly cardBrand: string | null;
  /** The last four digits of that card. */
  readonly cardLast4: string | null;
}

/** One invoice as its provider describes it: a Stripe invoice, a PayPal invoice. One of the kind upcoming_invoice is not made yet: its id is that of the subscription it will bill. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsInvoice {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word, that of the last event: upcoming, created, finalized, payment_failed, paid, uncollectible or voided. More may come. */
  readonly status: string | null;
  /** The provider's own word, for example draft, open or PARTIALLY_PAID. */
  readonly providerStatus: string | null;
  /** The number printed on it. */
  readonly number: string | null;
  /** The provider's id of the customer. */
  readonly customerId: string | null;
  /** The provider's id of the subscription it bills. */
  readonly subscriptionId: string | null;
  /** The provider's id of the payment that pays it: the entity id of payments.payment. */
  readonly paymentId: string | null;
  /** The provider's id of the order it bills. */
  readonly orderId: string | null;
  /** Before tax and discounts on the whole, in minor units of the currency. */
  readonly subtotal: number | null;
  /** Tax, in minor units. */
  readonly taxAmount: number | null;
  /** What it comes to, in minor units. */
  readonly total: number | null;
  /** What is asked for, in minor units. */
  readonly amountDue: number | null;
  /** Paid so far, in minor units. */
  readonly amountPaid: number | null;
  /** Still to be paid, in minor units. */
  readonly amountRemaining: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** Why it was made, in the provider's words, for example subscription_cycle. */
  readonly billingReason: string | null;
  /** charge_automatically, send_invoice, or the provider's further words. */
  readonly collectionMethod: string | null;
  /** How often payment was tried. */
  readonly attemptCount: number | null;
  /** When payment will be tried next; null when it will not. Epoch milliseconds. */
  readonly nextPaymentAttemptAt: number | null;
  /** When it is to be paid by. Epoch milliseconds. */
  readonly dueAt: number | null;
  /** Start of the time it bills. Epoch milliseconds. */
  readonly periodStartsAt: number | null;
  /** End of the time it bills. Epoch milliseconds. */
  readonly periodEndsAt: number | null;
  /** When it became payable. Epoch milliseconds. */
  readonly finalizedAt: number | null;
  /** When it was paid. Epoch milliseconds. */
  readonly paidAt: number | null;
  /** When it was voided. Epoch milliseconds. */
  readonly voidedAt: number | null;
  /** When it was given up. Epoch milliseconds. */
  readonly markedUncollectibleAt: number | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the invoice was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** Personal. The address it is sent to. */
  readonly customerEmail: string | null;
}

/** One thing a subscription bills. */
export interface PaymentsSubscriptionItem {
  /** The provider's id of the item; null where it has none. */
  readonly itemId: string | null;
  /** The provider's id of the price or plan. */
  readonly priceId: string | null;
  /** The provider's id of the product. */
  readonly productId: string | null;
  /** How many. */
  readonly quantity: number | null;
  /** The price of one, in minor units of the subscription's currency; null where it depends on use or tier, or is a fraction of a minor unit. */
  readonly unitAmount: number | null;
  /** day, week, month or year. */
  readonly billingInterval: string | null;
  /** How many intervals one billing period has. */
  readonly billingIntervalCount: number | null;
}

/** One subscription as its provider describes it: a Stripe subscription, a PayPal billing subscription, a Shopify subscription contract. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsSubscription {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: pending (not yet paid for the first time), trialing, active, past_due, unpaid, paused, canceled or expired (it never began). More may come; treat an unknown word as not final. */
  readonly status: string | null;
  /** The provider's own word, for example incomplete_expired or SUSPENDED. */
  readonly providerStatus: string | null;
  /** The provider's id of the customer. */
  readonly customerId: string | null;
  /** What it bills, at most 100. */
  readonly items: readonly PaymentsSubscriptionItem[] | null;
  /** True when there are more items than items holds. */
  readonly itemsTruncated: boolean | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** charge_automatically, send_invoice, or the provider's further words. */
  readonly collectionMethod: string | null;
  /** The provider's id of the payment method it is paid with. */
  readonly paymentMethodId: string | null;
  /** The provider's id of its last invoice: the entity id of payments.invoice. */
  readonly latestInvoiceId: string | null;
  /** True when it will end with the current period. */
  readonly cancelAtPeriodEnd: boolean | null;
  /** When it will end. Epoch milliseconds. */
  readonly cancelAt: number | null;
  /** Why it was canceled, as a code. */
  readonly cancellationReason: string | null;
  /** When it began. Epoch milliseconds. */
  readonly startedAt: number | null;
  /** Start of the trial. Epoch milliseconds. */
  readonly trialStartsAt: number | null;
  /** End of the trial. Epoch milliseconds. */
  readonly trialEndsAt: number | null;
  /** Start of the period billed last. Epoch milliseconds. */
  readonly currentPeriodStartsAt: number | null;
  /** End of the period billed last; where items have periods of their own, the earliest end. Epoch milliseconds. */
  readonly currentPeriodEndsAt: number | null;
  /** When somebody canceled it. Epoch milliseconds. */
  readonly canceledAt: number | null;
  /** When it ended. Epoch milliseconds. */
  readonly endedAt: number | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the subscription was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** Personal. The subscriber's address. */
  readonly customerEmail: string | null;
  /** When it is billed next. Epoch milliseconds. */
  readonly nextBillingAt: number | null;
  /** How many payments in a row failed. */
  readonly failedPaymentCount: number | null;
  /** The provider's code of the last payment that failed; null after one that did not. */
  readonly failureCode: string | null;
}

/** One refund: money on its way back to the payer. One of the kind reversal was taken back by the payer's bank and has the id of its payment. It can still fail after it succeeded. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsRefund {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: created, succeeded or failed (canceled, too). More may come; none is final. */
  readonly status: string | null;
  /** The provider's own word, for example pending or COMPLETED. */
  readonly providerStatus: string | null;
  /** What goes back, in minor units of the currency. */
  readonly amount: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** The provider's id of the payment: the entity id of payments.payment. */
  readonly paymentId: string | null;
  /** The provider's id of the movement of money that is reversed. */
  readonly chargeId: string | null;
  /** The provider's id of the order it belongs to. */
  readonly orderId: string | null;
  /** The provider's id of the invoice it belongs to. */
  readonly invoiceId: string | null;
  /** Why, as a code, for example requested_by_customer; reversed where it was taken back and not given. */
  readonly reason: string | null;
  /** Why it failed, as a code, for example expired_or_canceled_card. */
  readonly failureReason: string | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the refund was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** What of its fee the provider gave back, in minor units. */
  readonly feeAmount: number | null;
  /** What was taken from the merchant's balance, in minor units. */
  readonly netAmount: number | null;
}

/** One dispute or chargeback: the payer's bank wants the money back. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsDispute {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: opened or closed. More may come; none is final. */
  readonly status: string | null;
  /** How a closed one ended, for the merchant: won, lost, withdrawn, or the provider's further words. */
  readonly outcome: string | null;
  /** The provider's own word, for example needs_response or UNDER_REVIEW. */
  readonly providerStatus: string | null;
  /** inquiry, chargeback, pre_arbitration, arbitration, or the provider's further words. */
  readonly stage: string | null;
  /** Why, as a code, for example fraudulent. */
  readonly reason: string | null;
  /** The card network's own code of the reason. */
  readonly networkReasonCode: string | null;
  /** What is disputed, in minor units of the currency. */
  readonly amount: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** The provider's id of the payment: the entity id of payments.payment. */
  readonly paymentId: string | null;
  /** The provider's id of the movement of money that is disputed. */
  readonly chargeId: string | null;
  /** True while a refund would still end it. */
  readonly isChargeRefundable: boolean | null;
  /** When the merchant has to have answered. Epoch milliseconds. */
  readonly evidenceDueAt: number | null;
  /** When it was closed. Epoch milliseconds. */
  readonly closedAt: number | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the dispute was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the dispute was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** The provider's id of the order it is about. */
  readonly orderId: string | null;
  /** What the provider charges for it so far, in minor units. */
  readonly feeAmount: number | null;
  /** What it changed the merchant's balance by so far, fees included, in minor units: negative while the money is withdrawn. */
  readonly netAmount: number | null;
}

/** One thing that was bought. */
export interface PaymentsCheckoutItem {
  /** The provider's id of the line; null where it has none. */
  readonly itemId: string | null;
  /** The provider's id of the product. */
  readonly productId: string | null;
  /** The provider's id of the variant. */
  readonly variantId: string | null;
  /** The merchant's own number of it. */
  readonly sku: string | null;
  /** What the buyer read, at most 1,024 characters. */
  readonly name: string | null;
  /** How many. */
  readonly quantity: number | null;
  /** The price of one, in minor units of the checkout's currency. */
  readonly unitAmount: number | null;
}

/** One purchase as the buyer saw it: a Stripe Checkout session, a PayPal order, a Shopify order, checkout or draft order (metadata.entityKind tells which). Completed means that the buyer is done, not always that the money is there: see paymentStatus. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsCheckout {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: open, completed, expired, canceled, or ordered (a checkout or draft that became an order, which is an entity of its own). More may come. */
  readonly status: string | null;
  /** The provider's own word, for example complete or APPROVED. */
  readonly providerStatus: string | null;
  /** paid, unpaid, authorized, failed, not_required, or the provider's further words. */
  readonly paymentStatus: string | null;
  /** payment, subscription, setup, or the provider's further words. */
  readonly mode: string | null;
  /** The provider's id of the customer. */
  readonly customerId: string | null;
  /** Personal. The address the buyer gave: guests have no customer id, and it is what a CRM finds them by. */
  readonly customerEmail: string | null;
  /** Before tax, shipping and discounts, in minor units of the currency. */
  readonly subtotal: number | null;
  /** Tax, in minor units. */
  readonly taxAmount: number | null;
  /** Discounts, in minor units, positive. */
  readonly discountAmount: number | null;
  /** Shipping, in minor units. */
  readonly shippingAmount: number | null;
  /** What the buyer agreed to, in minor units. */
  readonly total: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** The provider's id of the payment: the entity id of payments.payment. */
  readonly paymentId: string | null;
  /** The provider's id of the subscription it began: the entity id of payments.subscription. */
  readonly subscriptionId: string | null;
  /** The provider's id of the invoice: the entity id of payments.invoice. */
  readonly invoiceId: string | null;
  /** The provider's id of the order, where it is not the entity id. */
  readonly orderId: string | null;
  /** The number the buyer was told. */
  readonly orderNumber: string | null;
  /** What the merchant attached to recognise it. */
  readonly clientReference: string | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the checkout was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the buyer was done. Epoch milliseconds. */
  readonly completedAt: number | null;
  /** When it ends by itself. Epoch milliseconds. */
  readonly expiresAt: number | null;
  /** Personal. The number the buyer gave, E.164 where it is one. */
  readonly customerPhone: string | null;
  /** What was bought, at most 100. */
  readonly items: readonly PaymentsCheckoutItem[] | null;
  /** True when there are more items than items holds. */
  readonly itemsTruncated: boolean | null;
  /** The codes the buyer entered, at most 100. */
  readonly discountCodes: readonly string[] | null;
  /** What the merchant marked it with, at most 100. */
  readonly tags: readonly string[] | null;
  /** The country it goes to, ISO 3166-1 alpha-2, upper case. */
  readonly shippingCountry: string | null;
  /** unfulfilled, partial, fulfilled, or the provider's further words. */
  readonly fulfillmentStatus: string | null;
  /** How far its last shipment is, in the provider's words, for example in_transit or delivered. */
  readonly shipmentStatus: string | null;
  /** Who carries its last shipment. */
  readonly trackingCompany: string | null;
  /** The carrier's number of its last shipment. */
  readonly trackingNumber: string | null;
  /** Why it was canceled, as a code. */
  readonly cancellationReason: string | null;
  /** When it was canceled. Epoch milliseconds. */
  readonly canceledAt: number | null;
}

/** One payout: money on its way to the merchant's bank. It can still fail after it was paid. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface PaymentsPayout {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: created, paid, failed or canceled. More may come; none is final. */
  readonly status: string | null;
  /** The provider's own word, for example in_transit. */
  readonly providerStatus: string | null;
  /** In minor units of the currency; negative where money is taken back from the merchant. */
  readonly amount: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** The provider's id of the bank account or card. */
  readonly destinationId: string | null;
  /** bank_account, card, or the provider's further words. */
  readonly destinationType: string | null;
  /** standard, instant, or the provider's further words. */
  readonly method: string | null;
  /** True when the provider's schedule made it. */
  readonly isAutomatic: boolean | null;
  /** The provider's code of the failure, for example account_closed. */
  readonly failureCode: string | null;
  /** The provider's id of its line in the balance. */
  readonly balanceTransactionId: string | null;
  /** What is read on the bank statement. */
  readonly statementDescriptor: string | null;
  /** When the money is expected, or came. Epoch milliseconds. */
  readonly arrivalAt: number | null;
  /** What the merchant attached at the provider (Stripe metadata, PayPal custom_id), as canonical JSON text. May be personal: do not log it. */
  readonly attributesJson: string | null;
  /** False for one made with test credentials. */
  readonly livemode: boolean | null;
  /** When the payout was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
}

/** One person's booking of a meeting: a Calendly invitee, a Cal.com booking or, of a meeting with seats, one seat. A move to another time is two bookings: the old one is rescheduled and names replacedBy, the new one is confirmed and names replaces; either may arrive first, and nobody was told of a cancellation. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CalendarBooking {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: requested, confirmed, rejected, rescheduled or canceled. None is final. A no-show and the meeting itself have fields of their own. */
  readonly status: string | null;
  /** The provider's own word, for example ACCEPTED. */
  readonly providerStatus: string | null;
  /** True when the invitee did not come; false again when that is taken back. */
  readonly noShow: boolean | null;
  /** The entity id of the booking this one was moved from. */
  readonly replaces: string | null;
  /** The entity id of the booking this one was moved to. */
  readonly replacedBy: string | null;
  /** May be personal: providers put names into it. What the meeting is called, at most 1,024 characters. */
  readonly title: string | null;
  /** The provider's id of the kind of meeting. */
  readonly eventTypeId: string | null;
  /** The name of the kind of meeting. */
  readonly eventTypeName: string | null;
  /** The provider's id of the meeting, where several bookings share one (a Calendly event, a Cal.com booking with seats). */
  readonly scheduledEventId: string | null;
  /** The id of the event in the host's calendar: the entity id of calendar.event, where that is connected. */
  readonly calendarEventId: string | null;
  /** Start of the meeting. Epoch milliseconds. */
  readonly startsAt: number | null;
  /** End of the meeting. Epoch milliseconds. */
  readonly endsAt: number | null;
  /** The provider's id of the host. */
  readonly hostId: string | null;
  /** Personal. The host's address: finds the employee. */
  readonly hostEmail: string | null;
  /** Personal. The name the invitee gave. */
  readonly inviteeName: string | null;
  /** Personal. The invitee's address: what a CRM finds a contact by. */
  readonly inviteeEmail: string | null;
  /** Personal. The invitee's number, for reminders or to be called, E.164 where it is one. */
  readonly inviteePhone: string | null;
  /** IANA name, for example Europe/Berlin. */
  readonly inviteeTimezone: string | null;
  /** How many more people were named. */
  readonly guestCount: number | null;
  /** Where, as a kind: zoom, google_meet, physical, phone, or the provider's further words. */
  readonly locationType: string | null;
  /** Where to join. Whoever has it can join: do not log it. */
  readonly meetingUrl: string | null;
  /** May be personal. Why it was canceled, rejected or moved, in somebody's own words, at most 4,096 characters. */
  readonly cancellationReason: string | null;
  /** True when cancellationReason is only its beginning. */
  readonly cancellationReasonTruncated: boolean | null;
  /** host, invitee, or the provider's further words. */
  readonly canceledBy: string | null;
  /** When the meeting really began. Epoch milliseconds. */
  readonly meetingStartedAt: number | null;
  /** When the meeting really ended. Epoch milliseconds. */
  readonly meetingEndedAt: number | null;
  /** When the booking was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the booking was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** True when it was canceled because the host asks for another time: the invitee is expected to book again. */
  readonly isRescheduleRequested: boolean | null;
  /** True when what it costs was paid. */
  readonly isPaid: boolean | null;
  /** The id of the payment at who takes it. */
  readonly paymentId: string | null;
  /** Who takes the payment, for example stripe. */
  readonly paymentProvider: string | null;
  /** What it costs, in minor units. */
  readonly paymentAmount: number | null;
  /** ISO 4217, of paymentAmount. */
  readonly paymentCurrency: string | null;
  /** Where the invitee came from, at most 1,024 characters, as are the other utm fields. */
  readonly utmSource: string | null;
  /** By which medium. */
  readonly utmMedium: string | null;
  /** By which campaign. */
  readonly utmCampaign: string | null;
  /** By which term. */
  readonly utmTerm: string | null;
  /** By which content. */
  readonly utmContent: string | null;
}

/** One person or room invited to a calendar event. */
export interface CalendarAttendee {
  /** Personal. The address as the provider gives it. */
  readonly email: string | null;
  /** accepted, declined, tentative, needs_action, or the provider's further words. */
  readonly response: string | null;
  /** True for who organises it. */
  readonly isOrganizer: boolean | null;
  /** True for who need not come. */
  readonly isOptional: boolean | null;
  /** True for a room or a thing. */
  readonly isResource: boolean | null;
}

/** One event in a person's or a room's calendar: Google Calendar, Microsoft Graph. A thin notification states only that something changed; the rest follows when it was fetched. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CalendarEvent {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: confirmed, tentative or canceled. More may come; none is final. */
  readonly status: string | null;
  /** True from its deletion until it is restored. */
  readonly isDeleted: boolean | null;
  /** The provider's own word, for example confirmed or cancelled. */
  readonly providerStatus: string | null;
  /** May be personal: often an address. The provider's id of the calendar. */
  readonly calendarId: string | null;
  /** The id by RFC 5545, equal in every calendar that holds a copy. */
  readonly iCalUid: string | null;
  /** The provider's mark of this state. */
  readonly etag: string | null;
  /** May be personal. At most 1,024 characters; null for a private event. */
  readonly title: string | null;
  /** True when it has dates instead of times. */
  readonly isAllDay: boolean | null;
  /** Start; null when it is all day. Epoch milliseconds. */
  readonly startsAt: number | null;
  /** End; null when it is all day. Epoch milliseconds. */
  readonly endsAt: number | null;
  /** The first day of an all-day event, YYYY-MM-DD. */
  readonly startDate: string | null;
  /** The day after the last of an all-day event, YYYY-MM-DD. */
  readonly endDate: string | null;
  /** The time zone it was planned in, as the provider names it. */
  readonly timezone: string | null;
  /** Personal. The address of who organises it. */
  readonly organizerEmail: string | null;
  /** Who is invited, at most 200. */
  readonly attendees: readonly CalendarAttendee[] | null;
  /** True when there are more than attendees holds. */
  readonly attendeesTruncated: boolean | null;
  /** May be personal. Where, in somebody's own words, at most 1,024 characters; null for a private event. */
  readonly location: string | null;
  /** Where to join. Whoever has it can join: do not log it. */
  readonly meetingUrl: string | null;
  /** default, public, private, or the provider's further words. */
  readonly visibility: string | null;
  /** busy, free, or the provider's further words. */
  readonly availability: string | null;
  /** The entity id of the recurring event this one is an instance of. */
  readonly seriesId: string | null;
  /** When this instance would have begun by the series' rule. Epoch milliseconds. */
  readonly originalStartsAt: number | null;
  /** When the event was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the event was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
}

/** One person in a CRM or a shop: a HubSpot contact, a Pipedrive person, a Salesforce Contact or Lead, a Stripe or Shopify customer (metadata.entityKind tells which). Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmContact {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Personal. The first or primary address. */
  readonly email: string | null;
  /** Personal. The first or primary number, E.164 where it is one. */
  readonly phone: string | null;
  /** Personal. */
  readonly firstName: string | null;
  /** Personal. */
  readonly lastName: string | null;
  /** Personal. The whole name, where the provider has no parts or both. */
  readonly fullName: string | null;
  /** What the person does. */
  readonly jobTitle: string | null;
  /** The entity id of its (first) company. */
  readonly companyId: string | null;
  /** The name of the company, where the provider has it as text. */
  readonly companyName: string | null;
  /** The provider's id of the employee it belongs to. */
  readonly ownerId: string | null;
  /** How far along, in the provider's words, for example customer. */
  readonly lifecycleStage: string | null;
  /** What became of the lead, in the provider's words. */
  readonly leadStatus: string | null;
  /** Whether marketing may write to the person, in the provider's words, for example subscribed. */
  readonly marketingStatus: string | null;
  /** Where the person came from, in the provider's words. */
  readonly leadSource: string | null;
  /** True from its deletion (or its merging into another) until it is restored. */
  readonly isDeleted: boolean | null;
  /** privacy where a person asked to be forgotten: erase what you hold. Else null, or the provider's word. */
  readonly deletionReason: string | null;
  /** The entity id of the one that this one was merged into; that one goes on. */
  readonly mergedInto: string | null;
  /** The entity ids of those that were merged into this one. */
  readonly mergedFrom: readonly string[] | null;
  /** The one property a property change is about, in the provider's words (HubSpot). It says what the event is about and is never stated itself. */
  readonly propertyName: string | null;
  /** May be personal. The new value of that property as the provider wrote it, at most 65,536 characters. Stated only where no other field has it; its versions are then kept per propertyName. */
  readonly propertyValue: string | null;
  /** True when propertyValue is only its beginning. */
  readonly propertyValueTruncated: boolean | null;
  /** May be personal. The fields the customer defined at the provider, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly customFieldsJson: string | null;
  /** True when customFieldsJson was left out because it is too long. */
  readonly customFieldsTruncated: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
  /** When the contact was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the contact was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** Personal. The mobile number, E.164 where it is one. */
  readonly mobilePhone: string | null;
  /** True where the person wants no marketing mail. */
  readonly hasOptedOutOfEmail: boolean | null;
  /** What it is marked with: tags, or the ids of labels, at most 100. */
  readonly labels: readonly string[] | null;
  /** True for a lead that became a contact (Salesforce). */
  readonly isConverted: boolean | null;
  /** The entity id of the contact it became. */
  readonly convertedContactId: string | null;
  /** The entity id of the company it became. */
  readonly convertedCompanyId: string | null;
  /** The entity id of the deal it became. */
  readonly convertedDealId: string | null;
}

/** One company in a CRM: a HubSpot company, a Pipedrive organization, a Salesforce Account. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmCompany {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Its name. */
  readonly name: string | null;
  /** Its domain, for example example.com. */
  readonly domain: string | null;
  /** Its number, E.164 where it is one. */
  readonly phone: string | null;
  /** In the provider's words. */
  readonly industry: string | null;
  /** How many people work there. */
  readonly employeeCount: number | null;
  /** Where it is. */
  readonly city: string | null;
  /** Where it is, as the provider writes it. */
  readonly country: string | null;
  /** The provider's id of the employee it belongs to. */
  readonly ownerId: string | null;
  /** How far along, in the provider's words, for example customer. */
  readonly lifecycleStage: string | null;
  /** True from its deletion (or its merging into another) until it is restored. */
  readonly isDeleted: boolean | null;
  /** privacy where a person asked to be forgotten: erase what you hold. Else null, or the provider's word. */
  readonly deletionReason: string | null;
  /** The entity id of the one that this one was merged into; that one goes on. */
  readonly mergedInto: string | null;
  /** The entity ids of those that were merged into this one. */
  readonly mergedFrom: readonly string[] | null;
  /** The one property a property change is about, in the provider's words (HubSpot). It says what the event is about and is never stated itself. */
  readonly propertyName: string | null;
  /** May be personal. The new value of that property as the provider wrote it, at most 65,536 characters. Stated only where no other field has it; its versions are then kept per propertyName. */
  readonly propertyValue: string | null;
  /** True when propertyValue is only its beginning. */
  readonly propertyValueTruncated: boolean | null;
  /** May be personal. The fields the customer defined at the provider, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly customFieldsJson: string | null;
  /** True when customFieldsJson was left out because it is too long. */
  readonly customFieldsTruncated: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
  /** When the company was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the company was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** What it is marked with: tags, or the ids of labels, at most 100. */
  readonly labels: readonly string[] | null;
}

/** One chance to sell: a HubSpot or Pipedrive deal or lead, a Salesforce Opportunity (metadata.entityKind tells which). A closed one can be opened again. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmDeal {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: open, won or lost. None is final. */
  readonly status: string | null;
  /** May be personal. What it is called, at most 1,024 characters. */
  readonly title: string | null;
  /** Its value in minor units of the currency; null where the provider names no currency with it. */
  readonly amount: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  /** Its value as the provider wrote it, in whole units with a decimal point; the only one where the currency is not named with it (HubSpot property changes). */
  readonly amountDecimal: string | null;
  /** The provider's id of the pipeline. */
  readonly pipelineId: string | null;
  /** The provider's id of the stage. */
  readonly stageId: string | null;
  /** The name of the stage, where the provider has stages by name. */
  readonly stageName: string | null;
  /** How likely, 0 to 100. */
  readonly probabilityPercent: number | null;
  /** The provider's id of the employee it belongs to. */
  readonly ownerId: string | null;
  /** The entity id of its (first) contact. */
  readonly contactId: string | null;
  /** The entity id of its (first) company. */
  readonly companyId: string | null;
  /** In the provider's words, for example newbusiness. */
  readonly dealType: string | null;
  /** Where it came from, in the provider's words. */
  readonly leadSource: string | null;
  /** The day it should be won by, YYYY-MM-DD. */
  readonly expectedCloseDate: string | null;
  /** When it was won or lost. Epoch milliseconds. */
  readonly closedAt: number | null;
  /** May be personal. Why it was lost, in somebody's own words, at most 4,096 characters. */
  readonly lostReason: string | null;
  /** True when lostReason is only its beginning. */
  readonly lostReasonTruncated: boolean | null;
  /** True from its deletion (or its merging into another) until it is restored. */
  readonly isDeleted: boolean | null;
  /** privacy where a person asked to be forgotten: erase what you hold. Else null, or the provider's word. */
  readonly deletionReason: string | null;
  /** The entity id of the one that this one was merged into; that one goes on. */
  readonly mergedInto: string | null;
  /** The entity ids of those that were merged into this one. */
  readonly mergedFrom: readonly string[] | null;
  /** The one property a property change is about, in the provider's words (HubSpot). It says what the event is about and is never stated itself. */
  readonly propertyName: string | null;
  /** May be personal. The new value of that property as the provider wrote it, at most 65,536 characters. Stated only where no other field has it; its versions are then kept per propertyName. */
  readonly propertyValue: string | null;
  /** True when propertyValue is only its beginning. */
  readonly propertyValueTruncated: boolean | null;
  /** May be personal. The fields the customer defined at the provider, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly customFieldsJson: string | null;
  /** True when customFieldsJson was left out because it is too long. */
  readonly customFieldsTruncated: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
  /** When the deal was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the deal was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** What it is marked with: tags, or the ids of labels, at most 100. */
  readonly labels: readonly string[] | null;
  /** True while it is put aside. */
  readonly isArchived: boolean | null;
}

/** One request for help: a HubSpot ticket or conversation, a Salesforce Case. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmTicket {
  /** The envelope. */
  readonly metadata: Metadata;
  /** May be personal. At most 1,024 characters. */
  readonly subject: string | null;
  /** The provider's own word, for example Escalated, where it has no stages. */
  readonly providerStatus: string | null;
  /** The provider's id of the pipeline. */
  readonly pipelineId: string | null;
  /** The provider's id of the stage. */
  readonly stageId: string | null;
  /** True while it is closed, where the provider says so. */
  readonly isClosed: boolean | null;
  /** In the provider's words, for example HIGH. */
  readonly priority: string | null;
  /** In the provider's words. */
  readonly category: string | null;
  /** How it came, in the provider's words, for example EMAIL. */
  readonly channel: string | null;
  /** The provider's id of the employee it belongs to. */
  readonly ownerId: string | null;
  /** The entity id of its (first) contact. */
  readonly contactId: string | null;
  /** The entity id of its (first) company. */
  readonly companyId: string | null;
  /** When it was closed. Epoch milliseconds. */
  readonly closedAt: number | null;
  /** True from its deletion (or its merging into another) until it is restored. */
  readonly isDeleted: boolean | null;
  /** privacy where a person asked to be forgotten: erase what you hold. Else null, or the provider's word. */
  readonly deletionReason: string | null;
  /** The entity id of the one that this one was merged into; that one goes on. */
  readonly mergedInto: string | null;
  /** The entity ids of those that were merged into this one. */
  readonly mergedFrom: readonly string[] | null;
  /** The one property a property change is about, in the provider's words (HubSpot). It says what the event is about and is never stated itself. */
  readonly propertyName: string | null;
  /** May be personal. The new value of that property as the provider wrote it, at most 65,536 characters. Stated only where no other field has it; its versions are then kept per propertyName. */
  readonly propertyValue: string | null;
  /** True when propertyValue is only its beginning. */
  readonly propertyValueTruncated: boolean | null;
  /** May be personal. The fields the customer defined at the provider, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly customFieldsJson: string | null;
  /** True when customFieldsJson was left out because it is too long. */
  readonly customFieldsTruncated: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
  /** When the ticket was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the ticket was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
}

/** Something done or to be done about a contact, company or deal: a Pipedrive activity or note, a Salesforce Task or Event, a HubSpot call, meeting, note, task or e-mail (metadata.entityKind tells which). Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmActivity {
  /** The envelope. */
  readonly metadata: Metadata;
  /** call, meeting, task, email, note, or the provider's further words. */
  readonly activityType: string | null;
  /** May be personal. At most 1,024 characters. */
  readonly subject: string | null;
  /** May be personal. The note, at most 65,536 characters, as the provider has it (Pipedrive writes HTML). */
  readonly text: string | null;
  /** True when text is only its beginning. */
  readonly textTruncated: boolean | null;
  /** True when it is done. */
  readonly isDone: boolean | null;
  /** The day it is due, YYYY-MM-DD. */
  readonly dueDate: string | null;
  /** When it is due, where it has a time. Epoch milliseconds. */
  readonly dueAt: number | null;
  /** How long it is planned for. */
  readonly durationSeconds: number | null;
  /** When it was done. Epoch milliseconds. */
  readonly completedAt: number | null;
  /** In the provider's words. */
  readonly priority: string | null;
  /** The provider's id of the employee it belongs to. */
  readonly ownerId: string | null;
  /** The entity id of its (first) contact. */
  readonly contactId: string | null;
  /** The entity id of its (first) company. */
  readonly companyId: string | null;
  /** The entity id of its deal. */
  readonly dealId: string | null;
  /** True from its deletion (or its merging into another) until it is restored. */
  readonly isDeleted: boolean | null;
  /** privacy where a person asked to be forgotten: erase what you hold. Else null, or the provider's word. */
  readonly deletionReason: string | null;
  /** The one property a property change is about, in the provider's words (HubSpot). It says what the event is about and is never stated itself. */
  readonly propertyName: string | null;
  /** May be personal. The new value of that property as the provider wrote it, at most 65,536 characters. Stated only where no other field has it; its versions are then kept per propertyName. */
  readonly propertyValue: string | null;
  /** True when propertyValue is only its beginning. */
  readonly propertyValueTruncated: boolean | null;
  /** May be personal. The fields the customer defined at the provider, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly customFieldsJson: string | null;
  /** True when customFieldsJson was left out because it is too long. */
  readonly customFieldsTruncated: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
  /** When the activity was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the activity was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** When it begins, where it has a time of its own. Epoch milliseconds. */
  readonly startsAt: number | null;
  /** When it ends. Epoch milliseconds. */
  readonly endsAt: number | null;
  /** inbound or outbound, of a call or an e-mail. */
  readonly direction: string | null;
  /** What came of it, in the provider's words. */
  readonly outcome: string | null;
}

/** One link between two objects of a CRM. Its id is <type>/<fromKind>/<fromId>/<toKind>/<toId>; both directions of a link are one, the smaller pair first; its records are ordered with those of its first object. Either object may arrive later than the link. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CrmAssociation {
  /** The envelope. */
  readonly metadata: Metadata;
  /** What the link means, in the provider's words, for example CONTACT_TO_COMPANY. */
  readonly associationType: string | null;
  /** The entity kind of the first object. */
  readonly fromKind: string | null;
  /** The entity id of the first object. */
  readonly fromId: string | null;
  /** The entity kind of the second object. */
  readonly toKind: string | null;
  /** The entity id of the second object. */
  readonly toId: string | null;
  /** True from its removal until it is made again. */
  readonly isRemoved: boolean | null;
  /** True for the main link of its kind. */
  readonly isPrimary: boolean | null;
  /** What changed it, in the provider's words, for example CRM_UI or IMPORT. It says something about the event and is never stated. */
  readonly changeSource: string | null;
}

/** One e-mail that was sent, to one recipient where the provider tells them apart: SendGrid, Mailgun, Brevo, Resend, Postmark; or one that came in. Delivery and what the recipient does with it are stated apart, so an opening never hides a later bounce. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CommunicationsEmail {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word for the delivery: scheduled, accepted, deferred, delivered, bounced or dropped; received for an incoming e-mail. None is final: a bounce may follow a delivery. Stated by these seven only. */
  readonly status: string | null;
  /** Trunkline's word for what the recipient did last: opened, clicked, unsubscribed, resubscribed or complained. Stated by these five only. Machines open and click, too. */
  readonly engagement: string | null;
  /** The provider's own word, for example hardBounce or group_unsubscribe. */
  readonly providerStatus: string | null;
  /** The Message-ID of the e-mail, without angle brackets; the same for all its recipients. */
  readonly messageId: string | null;
  /** Personal. Who it is for: one address, or all of them where the provider does not say which. What bounced or unsubscribed is an address, so it is needed. */
  readonly recipients: readonly string[] | null;
  /** May be personal. At most 1,024 characters. */
  readonly subject: string | null;
  /** The provider's id of the template. */
  readonly templateId: string | null;
  /** The provider's id of the campaign, mailing or automation. */
  readonly campaignId: string | null;
  /** The tags or categories the sender gave it, at most 100. */
  readonly tags: readonly string[] | null;
  /** May be personal. What the sender attached to recognise it (SendGrid custom arguments, Mailgun variables), as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly attributesJson: string | null;
  /** True when attributesJson was left out because it is too long. */
  readonly attributesTruncated: boolean | null;
  /** hard (for good), soft (for now), blocked, or the provider's further words. */
  readonly bounceType: string | null;
  /** The code of the receiving server, for example 550 or 5.1.1. */
  readonly responseCode: string | null;
  /** May be personal. Why it was deferred, bounced or dropped, as the receiving server or the provider says, at most 4,096 characters. */
  readonly reason: string | null;
  /** True when reason is only its beginning. */
  readonly reasonTruncated: boolean | null;
  /** Which try of the delivery it was. */
  readonly attempt: number | null;
  /** May be personal, and may let its holder in: do not log it. The link that was clicked, at most 4,096 characters; null where it is longer. */
  readonly clickedUrl: string | null;
  /** True when the provider believes that a program opened or clicked. */
  readonly isMachine: boolean | null;
  /** The provider's id of the list or group the recipient left or came back to; null for everything. */
  readonly unsubscribeGroupId: string | null;
  /** When it was handed to the provider. Epoch milliseconds. */
  readonly sentAt: number | null;
  /** Personal. Who wrote an incoming e-mail, the address alone. */
  readonly fromAddress: string | null;
  /** How many files came with an incoming e-mail. They and its text stay in the archived delivery and at the provider. */
  readonly attachmentCount: number | null;
  /** When a scheduled e-mail is to be sent. Epoch milliseconds. */
  readonly scheduledAt: number | null;
  /** The name of the campaign or mailing, at most 1,024 characters. */
  readonly campaignName: string | null;
  /** What the provider takes the failure for, in its words, for example Invalid Address or Reputation. */
  readonly bounceClassification: string | null;
  /** For how long the recipient looked at it, where the provider knows. */
  readonly readSeconds: number | null;
}

/** One message in a team chat, one reaction to a message, one channel, or one membership in a channel (metadata.entityKind is message, reaction, channel or channel_membership): Slack. Reactions are ordered with their message, memberships with their channel. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface CommunicationsChat {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word, of a message: posted. More may come; an edit and a deletion have fields of their own. */
  readonly status: string | null;
  /** The provider's own word for the kind of message, for example thread_broadcast. */
  readonly providerStatus: string | null;
  /** The provider's id of the channel or conversation. */
  readonly channelId: string | null;
  /** channel, group, direct, or the provider's further words. */
  readonly channelType: string | null;
  /** The entity id of the message whose thread it is in; null outside a thread. */
  readonly threadId: string | null;
  /** The provider's id of who wrote it. */
  readonly authorId: string | null;
  /** True when a program wrote it: do not answer your own messages. */
  readonly authorIsBot: boolean | null;
  /** Personal. The text, at most 65,536 characters, in the provider's markup. */
  readonly text: string | null;
  /** True when text is only its beginning. */
  readonly textTruncated: boolean | null;
  /** True when it addresses the application that receives it. */
  readonly mentionsUs: boolean | null;
  /** How many files came with it. The files stay at the provider. */
  readonly fileCount: number | null;
  /** When it was posted. Epoch milliseconds. */
  readonly postedAt: number | null;
  /** Of what metadata.entityKind names: true from its deletion; of a reaction or membership, from its end. */
  readonly isDeleted: boolean | null;
  /** When the text was last changed. Epoch milliseconds. */
  readonly editedAt: number | null;
  /** Of a reaction: the entity id of the message it is about. */
  readonly messageId: string | null;
  /** Of a reaction: its name, in the provider's words, for example thumbsup. */
  readonly reaction: string | null;
  /** Of a reaction or membership: the provider's id of the person. */
  readonly memberId: string | null;
  /** May be personal. Of a channel: its name. */
  readonly channelName: string | null;
  /** Of a channel: true while nobody can write in it. */
  readonly channelIsArchived: boolean | null;
}

/** One person who can log in, or one entry of a company's directory (metadata.entityKind tells which): Clerk, WorkOS, Auth0. Sign-in factors, addresses and pictures are left out. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface IdentityUser {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word: active, invited, suspended (banned, locked or blocked, too) or inactive. More may come; none is final. */
  readonly status: string | null;
  /** The provider's own word, for example active or suspended. */
  readonly providerStatus: string | null;
  /** True from its deletion. */
  readonly isDeleted: boolean | null;
  /** Personal. The primary address: what other systems know the person by. */
  readonly email: string | null;
  /** True when the address was proven. */
  readonly emailVerified: boolean | null;
  /** Personal. */
  readonly firstName: string | null;
  /** Personal. */
  readonly lastName: string | null;
  /** Personal. The whole name, where the provider has no parts or both. */
  readonly fullName: string | null;
  /** May be personal. The name the person logs in with. */
  readonly username: string | null;
  /** May be personal. The id that the customer's own system or directory has for the person. */
  readonly externalId: string | null;
  /** BCP 47, for example de-DE. */
  readonly locale: string | null;
  /** The provider's id of the directory the entry is in. */
  readonly directoryId: string | null;
  /** The provider's id of the organization the directory or connection belongs to; memberships are events of identity.organization. */
  readonly organizationId: string | null;
  /** The provider's words for what the person may do, at most 100. */
  readonly roles: readonly string[] | null;
  /** The provider's ids of the directory groups the person is in, at most 1,000. */
  readonly groupIds: readonly string[] | null;
  /** What the person does, by the directory. */
  readonly jobTitle: string | null;
  /** May be personal. What the application stored with the user for all to read (Clerk public metadata, Auth0 app metadata, directory attributes), as canonical JSON text of at most 65,536 characters; null where it is longer. What was stored as private is left out. */
  readonly attributesJson: string | null;
  /** True when attributesJson was left out because it is too long. */
  readonly attributesTruncated: boolean | null;
  /** When the person logged in last. Epoch milliseconds. */
  readonly lastSignInAt: number | null;
  /** When the user was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the user was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** Personal. The primary telephone number, E.164 where it is one. */
  readonly phone: string | null;
  /** True when the number was proven. */
  readonly phoneVerified: boolean | null;
}

/** One login, or one attempt to log in or out (metadata.entityKind is session, or authentication with the id of the attempt): Clerk, WorkOS, Auth0. Neither token nor network address is in it. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface IdentitySession {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Trunkline's word, of a session: pending (something is left to do), active or ended. More may come. */
  readonly status: string | null;
  /** The provider's own word, for example removed or revoked. */
  readonly providerStatus: string | null;
  /** The entity id of identity.user. */
  readonly userId: string | null;
  /** The entity id of the organization it acts for: identity.organization. */
  readonly organizationId: string | null;
  /** How the person proved who they are, in the provider's words, for example password or sso. */
  readonly method: string | null;
  /** Why it ended: logout, expired, revoked, replaced, or the provider's further words. */
  readonly endReason: string | null;
  /** May be personal. Who uses it in the person's place; null for nobody. */
  readonly impersonatedBy: string | null;
  /** When it ends by itself. Epoch milliseconds. */
  readonly expiresAt: number | null;
  /** When it ended. Epoch milliseconds. */
  readonly endedAt: number | null;
  /** When the session was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the session was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** Of an authentication: succeeded or failed. */
  readonly outcome: string | null;
  /** Personal. Of an authentication: the address that was given, where no user may be known. */
  readonly email: string | null;
  /** The provider's id of the application that was logged in to. */
  readonly applicationId: string | null;
  /** The provider's id of the connection (directory, database, social login) it went through. */
  readonly connectionId: string | null;
  /** The provider's code of the failure. */
  readonly failureCode: string | null;
  /** Why it failed, in the provider's words, at most 4,096 characters. */
  readonly failureReason: string | null;
  /** True when failureReason is only its beginning. */
  readonly failureReasonTruncated: boolean | null;
}

/** One organization, or what belongs to one (metadata.entityKind tells which): a membership of a user, an invitation, a domain, a connection to log in through, a directory group or a membership in a group: Clerk, WorkOS, Auth0. All of them are ordered with their organization, where the provider names it. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface IdentityOrganization {
  /** The envelope. */
  readonly metadata: Metadata;
  /** Of what metadata.entityKind names: true from its deletion. */
  readonly isDeleted: boolean | null;
  /** The name of the organization, connection or group. */
  readonly name: string | null;
  /** The short name of the organization in addresses. */
  readonly slug: string | null;
  /** The id that the customer's own system has for the organization. */
  readonly externalId: string | null;
  /** The domains of the organization, at most 100. */
  readonly domains: readonly string[] | null;
  /** May be personal. What the application stored with the organization or membership for all to read, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly attributesJson: string | null;
  /** True when attributesJson was left out because it is too long. */
  readonly attributesTruncated: boolean | null;
  /** Of a membership: the entity id of the organization. */
  readonly membershipOrganizationId: string | null;
  /** Of a membership, in a group or an organization: the entity id of identity.user. */
  readonly membershipUserId: string | null;
  /** Of a membership or invitation: what the user may do there, in the provider's words, at most 100. */
  readonly membershipRoles: readonly string[] | null;
  /** Of a membership: active, pending or inactive, or the provider's further words. */
  readonly membershipStatus: string | null;
  /** When the organization or membership was created at the provider. Epoch milliseconds. */
  readonly createdAt: number | null;
  /** When the organization or membership was last changed at the provider. Epoch milliseconds. */
  readonly updatedAt: number | null;
  /** Of an invitation, domain, connection or group: the entity id of the organization. */
  readonly organizationId: string | null;
  /** Personal. Of an invitation: the address it was sent to. */
  readonly invitationEmail: string | null;
  /** Of an invitation: pending, accepted, revoked or expired, or the provider's further words. */
  readonly invitationStatus: string | null;
  /** Of an invitation: the entity id of the user who invited. */
  readonly invitedBy: string | null;
  /** Of an invitation: when it ends by itself. Epoch milliseconds. */
  readonly expiresAt: number | null;
  /** Of an invitation: when it was accepted. Epoch milliseconds. */
  readonly acceptedAt: number | null;
  /** Of a domain: the domain name. */
  readonly domain: string | null;
  /** Of a domain: verified, pending or failed, or the provider's further words. */
  readonly domainStatus: string | null;
  /** Of a connection: the way to log in, in the provider's words, for example OktaSAML. */
  readonly connectionType: string | null;
  /** Of a connection: active or inactive, or the provider's further words. */
  readonly connectionStatus: string | null;
  /** Of a group: the provider's id of the directory it is in. */
  readonly directoryId: string | null;
  /** Of a membership in a group: the entity id of the group. */
  readonly groupId: string | null;
  /** Of a membership: the role this event is about, where it gives one. It describes the event and is never stated. */
  readonly roleAssigned: string | null;
  /** Of a membership: the role this event is about, where it takes one away. It describes the event and is never stated. */
  readonly roleRemoved: string | null;
}

/** One thing a person did in an application, as its author reported it (Segment). An activity happens once and never changes. Network address, device and location are left out. Its id is metadata.entityId. Which fields an event speaks about is in metadata.statedFields. */
export interface AnalyticsActivity {
  /** The envelope. */
  readonly metadata: Metadata;
  /** What was done, or the page or screen, in the application's words, for example Order Completed. */
  readonly name: string | null;
  /** The category of a page or screen. */
  readonly category: string | null;
  /** May be personal: some applications use addresses. The application's id of the person. */
  readonly userId: string | null;
  /** The id of a person who is not logged in; together with userId it joins the two. */
  readonly anonymousId: string | null;
  /** May be personal. The id that userId replaces from now on (aliased). */
  readonly previousId: string | null;
  /** The application's id of the group the person belongs to (grouped). */
  readonly groupId: string | null;
  /** May be personal. The address of the page, without its query, at most 4,096 characters; null where it is longer. */
  readonly pageUrl: string | null;
  /** May be personal. The title of the page, at most 1,024 characters. */
  readonly pageTitle: string | null;
  /** May be personal. What the application said about it, as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly propertiesJson: string | null;
  /** True when propertiesJson was left out because it is too long. */
  readonly propertiesTruncated: boolean | null;
  /** Personal. What the application knows about the person (identified) or the group (grouped), as canonical JSON text of at most 65,536 characters; null where it is longer. */
  readonly traitsJson: string | null;
  /** True when traitsJson was left out because it is too long. */
  readonly traitsTruncated: boolean | null;
  /** server, browser, mobile, or the application's further words. */
  readonly channel: string | null;
  /** When the application handed it over, by the application's clock. Epoch milliseconds. */
  readonly sentAt: number | null;
  /** Where the visit came from, for example a newsletter, as the link said. */
  readonly utmSource: string | null;
  /** By which medium, for example email, as the link said. */
  readonly utmMedium: string | null;
  /** For which campaign, as the link said. */
  readonly utmCampaign: string | null;
  /** For which search term, as the link said. */
  readonly utmTerm: string | null;
  /** Which of several links it was, as the link said. */
  readonly utmContent: string | null;
  /** The language and country of the application, for example en-US. */
  readonly locale: string | null;
}

/** What became of an endpoint that is told of events by webhooks: of its settings, and of how it fares. The provider is trunkline, the entity id the endpoint's. Neither its URL nor its secrets are in it. Which fields an event speaks about is in metadata.statedFields. */
export interface DeliveryEndpoint {
  /** The envelope. */
  readonly metadata: Metadata;
  /** enabled, disabled or deleted. More may come. */
  readonly state: string | null;
  /** Why it is disabled, in the words of whoever disabled it, at most 4,096 characters. */
  readonly stateReason: string | null;
  /** True when stateReason is only its beginning. */
  readonly stateReasonTruncated: boolean | null;
  /** Of updated: the names of the settings that were given. */
  readonly changedSettings: readonly string[] | null;
  /** How its last request ended, for example http_5xx or connect_refused. */
  readonly code: string | null;
  /** Failed requests since the last success. */
  readonly failures: number | null;
  /** The first failure that no success has followed. Epoch milliseconds. */
  readonly failingSince: number | null;
  /** Of warned: how much of the time until it is disabled has passed, in percent. */
  readonly warnedPercent: number | null;
  /** Of warned: when it will be disabled unless it takes a message before. Epoch milliseconds. */
  readonly disableAt: number | null;
  /** Of secret_rotated: which secret it is, counted from 1. */
  readonly secretGeneration: number | null;
}

/** What became of one event at one endpoint that is told of events by webhooks, where it was not taken at once. The provider is trunkline, the entity id is event id, slash, endpoint id. Which fields an event speaks about is in metadata.statedFields. */
export interface DeliveryMessage {
  /** The envelope. */
  readonly metadata: Metadata;
  /** The entity id of delivery.endpoint. */
  readonly endpointId: string | null;
  /** The id of the event that is told, equal to the header webhook-id. */
  readonly messageId: string | null;
  /** The type of that event. */
  readonly messageType: string | null;
  /** Requests so far. */
  readonly attempts: number | null;
  /** How the last request ended, or why there was none: ok, http_5xx, too_old, disabled. */
  readonly code: string | null;
  /** When it is tried next; null when it is not. Epoch milliseconds. */
  readonly nextAttemptAt: number | null;
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

/** The envelope of every request: who asks for what, and because of what. Required fields are required for ever; a change is released in all subjects at once. */
export interface RequestMetadata {
  /** req_ and 32 hex digits, deterministic: the same event handled again asks with the same id. The idempotency key towards whatever API fulfils the request; the event id is not, because one event may ask for several things. */
  readonly requestId: string;
  /** <domain>.<entity>.<what to do>, from a closed, growing list. */
  readonly type: string;
  /** The customer of the operator this request belongs to. */
  readonly tenantId: string;
  /** The event id (evt_ and 32 hex digits) of the event that caused it; where a provider's message only asks for a look and becomes no event, the id that event would have. */
  readonly causedBy: string;
  /** When the request was made. Epoch milliseconds. */
  readonly requestedAt: number;
}

/** A wish that somebody be told something. Whoever fulfils it uses metadata.requestId as the idempotency key. */
export interface NotificationsRequest {
  /** The envelope. */
  readonly metadata: RequestMetadata;
  /** How: sms, email, chat, webhook, or further words. */
  readonly channel: string | null;
  /** The id of the person, phone or channel in the operator's directory; preferred, because the address is looked up when it is used. */
  readonly recipientId: string | null;
  /** Personal. The number or address, where the directory does not know it. */
  readonly recipientAddress: string | null;
  /** The name of the text, where it is a prepared one. */
  readonly template: string | null;
  /** May be personal. What the template is filled with, as canonical JSON text of at most 65,536 characters. */
  readonly parametersJson: string | null;
  /** BCP 47, for example de-DE. */
  readonly language: string | null;
  /** May be personal. The subject of an e-mail, at most 1,024 characters. */
  readonly subject: string | null;
  /** May be personal. What to say, at most 65,536 characters, where there is no template. */
  readonly text: string | null;
  /** True when text is only its beginning. */
  readonly textTruncated: boolean | null;
  /** With the next three, the entity it is about: its provider. */
  readonly aboutProvider: string | null;
  /** Its account. */
  readonly aboutAccount: string | null;
  /** Its kind. */
  readonly aboutKind: string | null;
  /** Its id. */
  readonly aboutId: string | null;
  /** Not to be sent earlier; null for at once. Epoch milliseconds. */
  readonly notBefore: number | null;
  /** Worthless later: drop it then. Epoch milliseconds. */
  readonly notAfter: number | null;
  /** Which of the recipient's channels, by its id in the directory; null for the first one of the kind that channel says. */
  readonly channelId: string | null;
  /** Whom what it says may name: the digests of their addresses (docs/records.md, Digest), 64 hex digits each, at most 64. An erasure of one of them ends it. */
  readonly aboutDigests: readonly string[] | null;
  /** When that happened which it tells of; null for metadata.requestedAt. An erasure reaches what happened until then. Epoch milliseconds. */
  readonly aboutOccurredAt: number | null;
}

/** A wish that a calendar be read: its provider said that something changed, but not what (Google Calendar channels, Microsoft Graph lifecycle notifications). Several about one resource may be fulfilled by one reading. */
export interface CalendarSyncRequest {
  /** The envelope. */
  readonly metadata: RequestMetadata;
  /** The source whose connection reads it. */
  readonly sourceId: string | null;
  /** The provider. */
  readonly provider: string | null;
  /** The provider's own container of ids. */
  readonly account: string | null;
  /** The delivery that caused it, on ingress.delivery.v1. */
  readonly deliveryId: string | null;
  /** The provider's id of the channel or subscription that spoke. */
  readonly channelId: string | null;
  /** The provider's opaque id of what is watched. */
  readonly resourceId: string | null;
  /** May be personal: it may hold an address. What to read, as the provider names it. */
  readonly resourceUri: string | null;
  /** exists, not_exists, or the provider's further words. */
  readonly resourceState: string | null;
  /** The provider's number of the message; it grows in a channel, with gaps. */
  readonly messageNumber: number | null;
  /** When the channel goes silent. Epoch milliseconds. */
  readonly channelExpiresAt: number | null;
  /** changed, missed, removed, reauthorization_required or periodic: why to read. More may come. */
  readonly reason: string | null;
  /** True when everything is to be read again, not only what changed. */
  readonly isFull: boolean | null;
}

/** A wish that everybody who keeps something of a person erase it. One for each address of the person, or one for the entity alone where no address is known. It holds no personal value: whoever keeps addresses finds them by their digests. */
export interface PrivacyErasureRequest {
  /** The envelope. */
  readonly metadata: RequestMetadata;
  /** phone, email, or further words: what addressDigest is made of. */
  readonly addressKind: string | null;
  /** 64 hex digits: the digest of the address (docs/records.md, Digest). What is kept under it is to be erased. */
  readonly addressDigest: string | null;
  /** With the next three, the entity that was erased: its provider. What is kept of the entity is to be erased, too. */
  readonly provider: string | null;
  /** Its account. */
  readonly account: string | null;
  /** Its kind. */
  readonly entityKind: string | null;
  /** Its id. */
  readonly entityId: string | null;
  /** When the erasure was decided. What happened later is not meant: the person came back. Epoch milliseconds. */
  readonly erasedAt: number | null;
  /** contact_deleted, operator, or further words: why. */
  readonly reason: string | null;
}

/** The record of each topic. */
export interface Records {
  readonly 'telephony.call.v1': TelephonyCall;
  readonly 'telephony.recording.v1': TelephonyRecording;
  readonly 'telephony.transcript.v1': TelephonyTranscript;
  readonly 'telephony.message.v1': TelephonyMessage;
  readonly 'payments.payment.v1': PaymentsPayment;
  readonly 'payments.invoice.v1': PaymentsInvoice;
  readonly 'payments.subscription.v1': PaymentsSubscription;
  readonly 'payments.refund.v1': PaymentsRefund;
  readonly 'payments.dispute.v1': PaymentsDispute;
  readonly 'payments.checkout.v1': PaymentsCheckout;
  readonly 'payments.payout.v1': PaymentsPayout;
  readonly 'calendar.booking.v1': CalendarBooking;
  readonly 'calendar.event.v1': CalendarEvent;
  readonly 'crm.contact.v1': CrmContact;
  readonly 'crm.company.v1': CrmCompany;
  readonly 'crm.deal.v1': CrmDeal;
  readonly 'crm.ticket.v1': CrmTicket;
  readonly 'crm.activity.v1': CrmActivity;
  readonly 'crm.association.v1': CrmAssociation;
  readonly 'communications.email.v1': CommunicationsEmail;
  readonly 'communications.chat.v1': CommunicationsChat;
  readonly 'identity.user.v1': IdentityUser;
  readonly 'identity.session.v1': IdentitySession;
  readonly 'identity.organization.v1': IdentityOrganization;
  readonly 'analytics.activity.v1': AnalyticsActivity;
  readonly 'delivery.endpoint.v1': DeliveryEndpoint;
  readonly 'delivery.message.v1': DeliveryMessage;
  readonly 'integration.event.v1': IntegrationEvent;
  readonly 'ingress.delivery.v1': IngressDelivery;
  readonly 'ingress.rejection.v1': IngressRejection;
  readonly 'notifications.request.v1': NotificationsRequest;
  readonly 'calendar.sync_request.v1': CalendarSyncRequest;
  readonly 'privacy.erasure_request.v1': PrivacyErasureRequest;
}
