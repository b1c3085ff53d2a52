import type { HandlerOffers } from '@trunkline/consumer';
import { testOffers } from '@trunkline/consumer/testing';

/** Of tenants that have no numbers of their own. */
export const book: HandlerOffers['book'] = (await testOffers('telephony')).book;
