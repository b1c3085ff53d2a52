import type { TopicEntry } from './topic-entry.ts';

/** Money that is there can be taken back, so nearly nothing here is final. */
export const paymentsTopics = {
  'payments.payment.v1': {
    domain: 'payments',
    entity: 'payment',
    kind: 'domain',
    schema: 'payments/payment.avsc',
    subject: 'payments.payment.v1-value',
    untimed: false,
    types: {
      'payments.payment.created': { lead: 0, step: 0 },
      'payments.payment.action_required': { lead: 0, step: 1 },
      'payments.payment.processing': { lead: 0, step: 2 },
      // Not final: the payer may try again with another card.
      'payments.payment.failed': { lead: 0, step: 3 },
      'payments.payment.canceled': { lead: 1, step: 4 },
      'payments.payment.succeeded': { lead: 1, step: 4 },
      // What else is told of it (by its charge) and is no state: the weakest of its tick. Of a charge without an intent,
      // which succeeded, the draft takes the lead 1.
      'payments.payment.updated': { lead: 0, step: 0 },
    },
  },
  'payments.invoice.v1': {
    domain: 'payments',
    entity: 'invoice',
    kind: 'domain',
    schema: 'payments/invoice.avsc',
    subject: 'payments.invoice.v1-value',
    untimed: false,
    types: {
      // Of an entity of its own: what the next one will be.
      'payments.invoice.upcoming': { lead: 0, step: 5 },
      'payments.invoice.created': { lead: 0, step: 10 },
      'payments.invoice.updated': { lead: 0, step: 15 },
      'payments.invoice.finalized': { lead: 0, step: 20 },
      'payments.invoice.payment_failed': { lead: 0, step: 30 },
      // Not final: what was given up may still be paid.
      'payments.invoice.uncollectible': { lead: 0, step: 40 },
      // The twin of `paid`: whoever gets both has the same fields twice.
      'payments.invoice.payment_succeeded': { lead: 0, step: 45 },
      'payments.invoice.paid': { lead: 0, step: 50 },
      'payments.invoice.voided': { lead: 1, step: 60 },
    },
  },
  'payments.subscription.v1': {
    domain: 'payments',
    entity: 'subscription',
    kind: 'domain',
    schema: 'payments/subscription.avsc',
    subject: 'payments.subscription.v1-value',
    untimed: false,
    types: {
      'payments.subscription.created': { lead: 0, step: 10 },
      'payments.subscription.trial_will_end': { lead: 0, step: 15 },
      // Its draft takes the lead 1 where the status is expired: what never began begins no more.
      'payments.subscription.updated': { lead: 0, step: 20 },
      'payments.subscription.payment_failed': { lead: 0, step: 22 },
      'payments.subscription.payment_succeeded': { lead: 0, step: 24 },
      'payments.subscription.canceled': { lead: 1, step: 30 },
    },
  },
  'payments.refund.v1': {
    domain: 'payments',
    entity: 'refund',
    kind: 'domain',
    schema: 'payments/refund.avsc',
    subject: 'payments.refund.v1-value',
    untimed: false,
    types: {
      'payments.refund.created': { lead: 0, step: 10 },
      'payments.refund.succeeded': { lead: 0, step: 20 },
      // Also after it succeeded: the bank sends it back.
      'payments.refund.failed': { lead: 0, step: 30 },
    },
  },
  'payments.dispute.v1': {
    domain: 'payments',
    entity: 'dispute',
    kind: 'domain',
    schema: 'payments/dispute.avsc',
    subject: 'payments.dispute.v1-value',
    untimed: false,
    types: {
      'payments.dispute.opened': { lead: 0, step: 10 },
      'payments.dispute.funds_withdrawn': { lead: 0, step: 15 },
      'payments.dispute.updated': { lead: 0, step: 20 },
      'payments.dispute.funds_reinstated': { lead: 0, step: 25 },
      'payments.dispute.closed': { lead: 0, step: 30 },
    },
  },
  'payments.checkout.v1': {
    domain: 'payments',
    entity: 'checkout',
    kind: 'domain',
    schema: 'payments/checkout.avsc',
    subject: 'payments.checkout.v1-value',
    untimed: false,
    types: {
      'payments.checkout.created': { lead: 0, step: 10 },
      'payments.checkout.updated': { lead: 0, step: 15 },
      'payments.checkout.completed': { lead: 0, step: 20 },
      'payments.checkout.payment_failed': { lead: 0, step: 24 },
      'payments.checkout.payment_succeeded': { lead: 0, step: 25 },
      'payments.checkout.fulfilled': { lead: 0, step: 28 },
      'payments.checkout.expired': { lead: 0, step: 30 },
      'payments.checkout.canceled': { lead: 0, step: 40 },
    },
  },
  'payments.payout.v1': {
    domain: 'payments',
    entity: 'payout',
    kind: 'domain',
    schema: 'payments/payout.avsc',
    subject: 'payments.payout.v1-value',
    untimed: false,
    types: {
      'payments.payout.created': { lead: 0, step: 10 },
      'payments.payout.updated': { lead: 0, step: 15 },
      'payments.payout.paid': { lead: 0, step: 20 },
      // Which lines of the balance are in it is known.
      'payments.payout.reconciled': { lead: 0, step: 25 },
      // Also after it was paid: the bank sends it back.
      'payments.payout.failed': { lead: 0, step: 30 },
      'payments.payout.canceled': { lead: 0, step: 35 },
    },
  },
} as const satisfies Record<string, TopicEntry>;
