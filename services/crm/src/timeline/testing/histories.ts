import { type Applicable, defineHandler } from '@trunkline/consumer';
import { applicable, recordsAbout } from '@trunkline/consumer/testing';
import { emptyDirectory } from '@trunkline/sources/directory';
import fc from 'fast-check';

import { associationHandler } from '../../handlers/association.ts';
import { contactHandler } from '../../handlers/contact.ts';
import { testOffers } from '../../testing/offers.ts';
import { touchHandler } from '../touch-handler.ts';
import { callTouch, checkoutTouch, dealTouch, paymentTouch, refundTouch } from '../touches.ts';
import type { ContactTold, History, LinkTold, TouchTold } from './model.ts';

/** Random histories, as the model reads them and as the events that tell them. */

const offers = { ...testOffers, directory: emptyDirectory };
const contacts = defineHandler(contactHandler(testOffers));
const associations = defineHandler(associationHandler);
const calls = defineHandler(touchHandler(callTouch, offers));
const checkouts = defineHandler(touchHandler(checkoutTouch, offers));
const payments = defineHandler(touchHandler(paymentTouch, offers));
const refunds = defineHandler(touchHandler(refundTouch, offers));
const deals = defineHandler(touchHandler(dealTouch, offers));

const contactIds = ['1', '2', '3', '4'] as const;
const phone = fc.constantFrom('+4915112345671', '+4915112345672');
const email = fc.constantFrom('ada@example.com', 'bob@example.com');
const contactId = fc.constantFrom(...contactIds);
const customerId = fc.constantFrom('cus_1', 'cus_2');
const paymentId = fc.constantFrom('pi_1', 'pi_2');
const dealId = fc.constantFrom('de_1', 'de_2');

/** One event without its time. */
type Said = (at: number) => Partial<History> & { readonly item: Applicable };

const contactSaid = fc
  .record({ contact: contactId, field: fc.constantFrom('email', 'phone'), email, phone, isCleared: fc.boolean() })
  .map(({ contact, field, email: mail, phone: number, isCleared }): Said => {
    const stated = { [field]: isCleared ? null : field === 'email' ? mail : number };
    return (at) => ({
      contacts: [{ contact, at, ...stated }],
      item: applicable(contacts, recordsAbout('crm.contact.v1', contact)('updated', at, stated)),
    });
  });

const callSaid = fc
  .record({ id: fc.constantFrom('CA1', 'CA2', 'CA3'), phone })
  .map(({ id, phone: fromAddress }): Said => (at) => ({
    touches: [{ touch: id, at, phones: [fromAddress] }],
    item: applicable(calls, recordsAbout('telephony.call.v1', id)('initiated', at, { fromAddress })),
  }));

const checkoutSaid = fc
  .record({ id: fc.constantFrom('cs_1', 'cs_2'), email, customerId })
  .map(({ id, email: customerEmail, customerId: customer }): Said => (at) => ({
    touches: [{ touch: id, at, emails: [customerEmail], contacts: [customer] }],
    item: applicable(
      checkouts,
      recordsAbout('payments.checkout.v1', id)('completed', at, { customerId: customer, customerEmail }),
    ),
  }));

const paymentSaid = fc.record({ id: paymentId, customerId }).map(({ id, customerId: customer }): Said => (at) => ({
  touches: [{ touch: id, at, contacts: [customer], payment: id }],
  item: applicable(payments, recordsAbout('payments.payment.v1', id)('succeeded', at, { customerId: customer })),
}));

const refundSaid = fc
  .record({ id: fc.constantFrom('re_1', 're_2'), paymentId })
  .map(({ id, paymentId: payment }): Said => (at) => ({
    // Of one payment for ever: its id says which.
    touches: [{ touch: `${id}/${payment}`, at, payment }],
    item: applicable(
      refunds,
      recordsAbout('payments.refund.v1', `${id}/${payment}`)('succeeded', at, { paymentId: payment }),
    ),
  }));

const dealSaid = fc.record({ id: dealId, contact: fc.option(contactId) }).map(({ id, contact }): Said => (at) => ({
  touches: [{ touch: id, at, contacts: contact === null ? [] : [contact] }],
  item: applicable(deals, recordsAbout('crm.deal.v1', id)('updated', at, { contactId: contact })),
}));

const linkSaid = fc
  .record({ contact: contactId, deal: dealId, isRemoved: fc.boolean(), isDealFirst: fc.boolean() })
  .map(({ contact, deal, isRemoved, isDealFirst }): Said => {
    const ofContact = { kind: 'contact', id: contact };
    const ofDeal = { kind: 'deal', id: deal };
    // Each pair is told in one direction.
    const [from, to] = Number(contact) % 2 === 0 ? [ofDeal, ofContact] : [ofContact, ofDeal];
    const stated = {
      fromKind: from.kind,
      fromId: from.id,
      toKind: to.kind,
      toId: to.id,
      isRemoved,
      isPrimary: isDealFirst,
    };
    return (at) => ({
      links: [{ contact, touch: deal, at, isRemoved }],
      item: applicable(associations, recordsAbout('crm.association.v1', `${contact}/${deal}`)('changed', at, stated)),
    });
  });

const erasureSaid = contactId.map((contact): Said => (at) => ({
  contacts: [{ contact, at, isErased: true }],
  item: applicable(
    contacts,
    recordsAbout('crm.contact.v1', contact)('deleted', at, { isDeleted: true, deletionReason: 'privacy' }),
  ),
}));

export interface ToldHistory {
  readonly history: History;
  readonly items: readonly Applicable[];
}

/** All contacts are there from the beginning; at most one is erased. The place in the list is the time. */
export const histories: fc.Arbitrary<ToldHistory> = fc
  .record({
    said: fc.array(
      fc.oneof(
        { weight: 4, arbitrary: contactSaid },
        callSaid,
        checkoutSaid,
        paymentSaid,
        refundSaid,
        dealSaid,
        linkSaid,
      ),
      { minLength: 4, maxLength: 24 },
    ),
    erasure: fc.option(fc.record({ said: erasureSaid, place: fc.nat({ max: 24 }) })),
  })
  .map(({ said, erasure }) => {
    const created = contactIds.map((contact): Said => (at) => ({
      contacts: [{ contact, at }],
      item: applicable(contacts, recordsAbout('crm.contact.v1', contact)('created', at, { isDeleted: false })),
    }));
    const all = [...created, ...(erasure === null ? said : said.toSpliced(erasure.place, 0, erasure.said))];
    const told = all.map((one, index) => one((index + 1) * 1_000));
    return {
      history: {
        contacts: told.flatMap((one): readonly ContactTold[] => one.contacts ?? []),
        touches: told.flatMap((one): readonly TouchTold[] => one.touches ?? []),
        links: told.flatMap((one): readonly LinkTold[] => one.links ?? []),
      },
      items: told.map(({ item }) => item),
    };
  });
