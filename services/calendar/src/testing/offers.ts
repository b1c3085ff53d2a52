import { createAddressBook, createDigest } from '@trunkline/addresses';
import { createNotices, type HandlerOffers, type Requests } from '@trunkline/consumer';
import type { Directory } from '@trunkline/sources/directory';

import { directory } from './directory.ts';

type Offers = Pick<HandlerOffers, 'book' | 'clock' | 'directory' | 'notices' | 'requests'>;

/** The present of the tests' events: minutes after 1970 began, as their times are. */
export const nowMs = 120_000;

/** What asks for requests is somebody else's to test: here they are counted, and that is all. */
const requests: Requests = { add: () => Promise.resolve() };

/** The same people and phones for whichever tenant a property runs as. */
const anyTenants: Directory = {
  ...directory,
  phoneOfSource: (_, source) => directory.phoneOfSource('tnt_a', source),
  recipients: (_, phone, template) => directory.recipients('tnt_a', phone, template),
};

export const offers: Offers = offersWith(directory);
export const offersOfAnyTenant: Offers = offersWith(anyTenants);

function offersWith(given: Directory): Offers {
  const clock = (): number => nowMs;
  const notices = createNotices({
    requests,
    directory: given,
    firstStartMs: 0,
    clock,
    metrics: { count: () => undefined },
  });
  const book = createAddressBook({
    digest: createDigest(Buffer.alloc(32, 1)),
    region: () => 'US',
    isOwnNumber: () => false,
  });
  return { book, clock, directory: given, notices, requests };
}
