import { personalTable, type PersonalTable } from '@trunkline/consumer';

/**
 * What this service keeps of people, and what goes with whom when somebody's address is erased. Amounts, states and the
 * ids of objects stay, a customer's among them: the books have to add up, and the provider still knows whose they are.
 */
export const personal: readonly PersonalTable[] = [
  personalTable({
    topic: 'payments.payment.v1',
    parties: { payer: { addresses: ['payerEmail'], names: ['cardLast4'] } },
    texts: ['attributesJson'],
  }),
  personalTable({
    topic: 'payments.invoice.v1',
    parties: { customer: { addresses: ['customerEmail'] } },
    texts: ['attributesJson'],
  }),
  personalTable({
    topic: 'payments.subscription.v1',
    parties: { customer: { addresses: ['customerEmail'] } },
    texts: ['attributesJson'],
  }),
  personalTable({
    topic: 'payments.checkout.v1',
    // A carrier tells whoever has the number of a shipment where it went.
    parties: { customer: { addresses: ['customerEmail', 'customerPhone'], names: ['trackingNumber'] } },
    // The merchant's own reference may be an account's name or an address.
    texts: ['attributesJson', 'clientReference'],
  }),
  personalTable({
    topic: 'payments.refund.v1',
    texts: ['attributesJson'],
    follows: { topic: 'payments.payment.v1', field: 'paymentId', ofAnyKind: true },
  }),
  personalTable({
    topic: 'payments.dispute.v1',
    texts: ['attributesJson'],
    follows: { topic: 'payments.payment.v1', field: 'paymentId', ofAnyKind: true },
  }),
];
