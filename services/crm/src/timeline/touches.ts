import type { Metadata } from '@trunkline/events';

import type { Shown, TouchDeclaration } from './touch.ts';

/**
 * What is on a timeline, topic by topic: when, how it went, and with whom. Never what was said in it: whoever may read
 * more opens the entity.
 */
export const callTouch: TouchDeclaration<'telephony.call.v1'> = {
  topic: 'telephony.call.v1',
  what: 'call',
  at: ({ startedAt }) => startedAt,
  shown: (call) => ({
    ...stated(call.metadata, { direction: call.direction }),
    ...statusOf(call.outcome ?? call.status),
  }),
  named: ({ fromAddress, toAddress }) => ({ phones: [fromAddress, toAddress] }),
  own: ({ direction, fromAddress, toAddress }) =>
    direction === 'outbound' ? { phones: [fromAddress, toAddress] } : { phones: [toAddress, fromAddress] },
};

export const messageTouch: TouchDeclaration<'telephony.message.v1'> = {
  topic: 'telephony.message.v1',
  what: 'message',
  at: ({ sentAt }) => sentAt,
  shown: (message) => stated(message.metadata, { status: message.status, direction: message.direction }),
  named: ({ fromAddress, toAddress }) => ({ phones: [fromAddress, toAddress] }),
  own: ({ direction, fromAddress, toAddress }) =>
    direction === 'outbound' ? { phones: [fromAddress, toAddress] } : { phones: [toAddress, fromAddress] },
};

export const bookingTouch: TouchDeclaration<'calendar.booking.v1'> = {
  topic: 'calendar.booking.v1',
  what: 'booking',
  at: ({ startsAt }) => startsAt,
  shown: (booking) => stated(booking.metadata, { status: booking.status }),
  named: ({ inviteeEmail, inviteePhone }) => ({ emails: [inviteeEmail], phones: [inviteePhone] }),
  own: ({ hostEmail }) => ({ email: hostEmail }),
};

export const checkoutTouch: TouchDeclaration<'payments.checkout.v1'> = {
  topic: 'payments.checkout.v1',
  what: 'checkout',
  at: ({ createdAt }) => createdAt,
  shown: (checkout) =>
    stated(
      checkout.metadata,
      { status: checkout.status, amount: checkout.total, currency: checkout.currency },
      { amount: 'total' },
    ),
  named: ({ customerId, customerEmail, customerPhone }) => ({
    contacts: [customerId],
    emails: [customerEmail],
    phones: [customerPhone],
  }),
};

export const paymentTouch: TouchDeclaration<'payments.payment.v1'> = {
  topic: 'payments.payment.v1',
  what: 'payment',
  at: ({ createdAt }) => createdAt,
  shown: (payment) =>
    stated(payment.metadata, { status: payment.status, amount: payment.amount, currency: payment.currency }),
  named: ({ metadata, customerId, payerEmail }) => ({
    contacts: [customerId],
    emails: [payerEmail],
    payment: metadata.entityId,
  }),
};

export const invoiceTouch: TouchDeclaration<'payments.invoice.v1'> = {
  topic: 'payments.invoice.v1',
  what: 'invoice',
  at: ({ createdAt }) => createdAt,
  shown: (invoice) =>
    stated(
      invoice.metadata,
      { status: invoice.status, amount: invoice.total, currency: invoice.currency },
      { amount: 'total' },
    ),
  named: ({ customerId, customerEmail }) => ({ contacts: [customerId], emails: [customerEmail] }),
};

export const refundTouch: TouchDeclaration<'payments.refund.v1'> = {
  topic: 'payments.refund.v1',
  what: 'refund',
  at: ({ createdAt }) => createdAt,
  shown: (refund) =>
    stated(refund.metadata, { status: refund.status, amount: refund.amount, currency: refund.currency }),
  named: ({ paymentId }) => ({ payment: paymentId }),
};

export const disputeTouch: TouchDeclaration<'payments.dispute.v1'> = {
  topic: 'payments.dispute.v1',
  what: 'dispute',
  at: ({ createdAt }) => createdAt,
  shown: (dispute) => ({
    ...stated(dispute.metadata, { amount: dispute.amount, currency: dispute.currency }),
    ...statusOf(dispute.outcome ?? dispute.status),
  }),
  named: ({ paymentId }) => ({ payment: paymentId }),
};

export const emailTouch: TouchDeclaration<'communications.email.v1'> = {
  topic: 'communications.email.v1',
  what: 'email',
  at: ({ sentAt }) => sentAt,
  shown: (email) => ({
    ...stated(email.metadata, { status: email.status }),
    ...(email.metadata.type === 'communications.email.received' ? { direction: 'inbound' } : {}),
  }),
  named: ({ fromAddress, recipients }) => ({ emails: [fromAddress, ...(recipients ?? [])] }),
};

export const activityTouch: TouchDeclaration<'crm.activity.v1'> = {
  topic: 'crm.activity.v1',
  what: 'activity',
  at: ({ startsAt, dueAt, createdAt }) => startsAt ?? dueAt ?? createdAt,
  shown: (activity) => ({
    ...stated(activity.metadata, { direction: activity.direction }),
    ...gone(activity),
    ...(activity.isDone === null ? {} : statusOf(activity.isDone ? 'done' : 'open')),
  }),
  named: ({ contactId }) => ({ contacts: [contactId] }),
};

export const dealTouch: TouchDeclaration<'crm.deal.v1'> = {
  topic: 'crm.deal.v1',
  what: 'deal',
  at: ({ createdAt }) => createdAt,
  shown: (deal) => ({
    ...gone(deal),
    ...stated(deal.metadata, { status: deal.status, amount: deal.amount, currency: deal.currency }),
  }),
  named: ({ contactId }) => ({ contacts: [contactId] }),
};

export const ticketTouch: TouchDeclaration<'crm.ticket.v1'> = {
  topic: 'crm.ticket.v1',
  what: 'ticket',
  at: ({ createdAt }) => createdAt,
  shown: (ticket) => ({
    ...gone(ticket),
    ...(ticket.isClosed === null ? {} : statusOf(ticket.isClosed ? 'closed' : 'open')),
  }),
  named: ({ contactId }) => ({ contacts: [contactId] }),
};

/** Those of the fields that the event states; `as` names a field where it has another name in the record. */
function stated(
  { statedFields }: Metadata,
  fields: Shown,
  as: Readonly<Partial<Record<keyof Shown, string>>> = {},
): Shown {
  return Object.fromEntries(
    // Whose names are those of Shown.
    Object.entries(fields).filter(([name]) => statedFields.includes(as[name as keyof Shown] ?? name)),
  );
}

function statusOf(status: string | null): Shown {
  return status === null ? {} : { status };
}

function gone({ isDeleted }: { readonly isDeleted: boolean | null }): Shown {
  return isDeleted === true ? { status: 'deleted' } : {};
}
