import type { Topic } from '../../packages/events/src/catalogue.ts';

/** What schemas and catalogue do not say about a topic: what somebody looks for who needs it, and what its records follow. */
export interface TopicWords {
  /** Completes "I want to know …" or, of a request, "I want …". */
  readonly looksFor: string;
  /** Whose order a record keeps: "Order holds among the records of …". */
  readonly orderedWith: string;
  /** True where a record may be written by others than Trunkline: a request that any handler may make. */
  readonly othersWrite?: true;
  /** Anything else a subscriber has to know first. */
  readonly note?: string;
}

export const topicWords: Readonly<Record<Topic, TopicWords>> = {
  'telephony.call.v1': { looksFor: 'that a telephone call began, was answered, ended', orderedWith: 'one call' },
  'telephony.recording.v1': {
    looksFor: 'that the recording of a call can be fetched',
    orderedWith: 'one call, where the provider names it; else of one recording',
  },
  'telephony.transcript.v1': {
    looksFor: 'what was said in a call',
    orderedWith: 'one call, where the provider names it; else of one transcript',
  },
  'telephony.message.v1': {
    looksFor: 'that an SMS, MMS or chat message came in, was delivered, failed',
    orderedWith: 'the same two numbers, in either direction; of one message where the provider names no numbers',
  },
  'payments.payment.v1': {
    looksFor: 'that a customer paid, that it failed, what the payer has to do',
    orderedWith: 'one payment',
  },
  'payments.invoice.v1': { looksFor: 'what was billed and whether it is paid', orderedWith: 'one invoice' },
  'payments.subscription.v1': {
    looksFor: 'who subscribes to what, and until when',
    orderedWith: 'one subscription',
  },
  'payments.refund.v1': { looksFor: 'that money goes back to a payer', orderedWith: 'one refund' },
  'payments.dispute.v1': { looksFor: 'that a payer wants the money back through the bank', orderedWith: 'one dispute' },
  'payments.checkout.v1': { looksFor: 'that somebody bought something, and what', orderedWith: 'one purchase' },
  'payments.payout.v1': { looksFor: 'what reaches our bank account, and when', orderedWith: 'one payout' },
  'calendar.booking.v1': {
    looksFor: 'that somebody booked, moved or canceled a meeting, or did not come',
    orderedWith: 'one booking',
  },
  'calendar.event.v1': { looksFor: 'what changed in a calendar', orderedWith: 'one event of a calendar' },
  'crm.contact.v1': { looksFor: 'who a customer or lead is', orderedWith: 'one person' },
  'crm.company.v1': { looksFor: 'which companies we deal with', orderedWith: 'one company' },
  'crm.deal.v1': { looksFor: 'that a deal moved on, was won or lost', orderedWith: 'one deal' },
  'crm.ticket.v1': { looksFor: 'who asks for help, and how far it is', orderedWith: 'one ticket' },
  'crm.activity.v1': {
    looksFor: 'which calls, meetings, tasks and notes there are about a customer',
    orderedWith: 'one activity',
  },
  'crm.association.v1': {
    looksFor: 'which contact belongs to which company or deal',
    orderedWith: 'the first of the two objects',
  },
  'communications.email.v1': {
    looksFor: 'whether an e-mail arrived, bounced, was opened or clicked; who unsubscribed; what came in',
    orderedWith: 'one e-mail',
  },
  'communications.chat.v1': {
    looksFor: 'what was written, changed or deleted in a team chat, who reacted, who joined a channel',
    orderedWith: 'one message, its reactions included; or of one channel, its memberships included',
  },
  'identity.user.v1': { looksFor: 'who can log in, and who no longer', orderedWith: 'one user or directory entry' },
  'identity.session.v1': {
    looksFor: 'that somebody logged in or out, or could not',
    orderedWith: 'one login, or of one attempt',
  },
  'identity.organization.v1': {
    looksFor: 'which organizations there are, who is a member, who is invited, in which groups people are',
    orderedWith: 'one organization, with what belongs to it',
  },
  'analytics.activity.v1': { looksFor: 'what people do in our application', orderedWith: 'one person' },
  'delivery.endpoint.v1': {
    looksFor: 'that an endpoint of webhooks out was made, changed, fails or is disabled',
    orderedWith: 'one endpoint',
    note: 'Written by `services/delivery` of what it does itself; the provider is `trunkline`. Endpoints are told of it only where they name `delivery.*`, and never of themselves.',
  },
  'delivery.message.v1': {
    looksFor: 'that a webhook was not taken at once, was given up, or arrived late',
    orderedWith: 'one endpoint',
    note: 'Of what is taken at once, or within four attempts, nothing is said. Nor of messages that carry these events themselves.',
  },
  'integration.event.v1': {
    looksFor: 'what a provider said for which there is no topic above: its own type and the raw body',
    orderedWith: 'one value that the source names by a pointer, or else of one message',
    note: 'The topic of every provider: choose by `metadata.provider` and `originalType`. What gets a topic of its own in a later release no longer comes here.',
  },
  'ingress.delivery.v1': {
    looksFor: 'every authentic HTTP request as it came (an archive, not an event stream)',
    orderedWith: 'one delivery',
    note: 'Bodies hold whatever the provider sent, personal values included: give access to few.',
  },
  'ingress.rejection.v1': {
    looksFor: 'which requests were refused, and why',
    orderedWith: 'one delivery',
    note: 'Limited in rate, so it is no count; the metrics count.',
  },
  'notifications.request.v1': {
    looksFor: 'that somebody be told something, by SMS, e-mail or chat',
    orderedWith: 'one recipient',
    othersWrite: true,
    note: 'What is past its `notAfter` is done by telling nobody.',
  },
  'calendar.sync_request.v1': {
    looksFor: 'that a calendar be read, because its provider only said that something changed',
    orderedWith: 'what one source watches',
    note: 'Several about one resource may be fulfilled by one reading.',
  },
  'privacy.erasure_request.v1': {
    looksFor: 'that whoever keeps something of a person erase it',
    orderedWith: 'one address; of one entity where no address is known',
    note: 'It holds digests instead of addresses: of an address that you keep, make the digest with the key of the installation.',
  },
};
