import { createAddressBook, createDigest } from '@trunkline/addresses';
import { testOffers as offersOf } from '@trunkline/consumer/testing';

import type { ContactHandlerOffers } from '../handlers/contact.ts';

const digest = createDigest(Buffer.alloc(32, 1));

const { requests } = await offersOf('crm');

/** Reads national numbers as German ones; +15005550006 is the tenant's own. */
export const testOffers: ContactHandlerOffers = {
  digest,
  requests,
  book: createAddressBook({
    digest,
    region: () => 'DE',
    isOwnNumber: (_, e164) => e164 === '+15005550006',
  }),
};
