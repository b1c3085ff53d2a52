import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';
import { distinctEntities } from '@trunkline/postgres';

import { keyOf } from '../bookings/keys.ts';
import { readKnown } from '../bookings/known.ts';
import { writeLinks } from '../bookings/links.ts';
import { bookingsOf, noticeOf } from '../bookings/notices.ts';
import { givePhones } from '../bookings/phones.ts';
import { readRows } from '../bookings/rows.ts';
import { tellings } from '../bookings/tellings.ts';
import { personal } from '../personal.ts';

/** Marks of a no-show and payments tell a part of a booking, so every field has a version of its own. */
const projection: ProjectionHandler<'calendar.booking.v1'> = projectionHandler({
  topic: 'calendar.booking.v1',
  versions: 'field',
  columns: {
    status: 'text',
    providerStatus: 'text',
    noShow: 'boolean',
    replaces: 'text',
    replacedBy: 'text',
    title: 'text',
    eventTypeId: 'text',
    eventTypeName: 'text',
    scheduledEventId: 'text',
    calendarEventId: 'text',
    startsAt: 'timestamptz',
    endsAt: 'timestamptz',
    hostId: 'text',
    hostEmail: 'text',
    inviteeName: 'text',
    inviteeEmail: 'text',
    inviteePhone: 'text',
    inviteeTimezone: 'text',
    guestCount: 'bigint',
    locationType: 'text',
    meetingUrl: 'text',
    cancellationReason: 'text',
    cancellationReasonTruncated: 'boolean',
    canceledBy: 'text',
    meetingStartedAt: 'timestamptz',
    meetingEndedAt: 'timestamptz',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    isRescheduleRequested: 'boolean',
    isPaid: 'boolean',
    paymentId: 'text',
    paymentProvider: 'text',
    paymentAmount: 'bigint',
    paymentCurrency: 'text',
    utmSource: 'text',
    utmMedium: 'text',
    utmCampaign: 'text',
    utmTerm: 'text',
    utmContent: 'text',
  },
});

type Offers = Pick<HandlerOffers, 'book' | 'directory' | 'notices'>;

/**
 * Keeps calendar.booking at the newest state that any event told, which booking was moved to which, and whose each is;
 * and has the owners of its phone told what came of it.
 */
export function bookingHandler({ book, directory, notices }: Offers): ProjectionHandler<'calendar.booking.v1'> {
  const bookings = erasable(projection, personal, { book });
  return {
    ...bookings,
    async handleBatch(events, tx) {
      // Before any row is locked.
      await bookings.takeTurn(events, tx);
      await writeLinks(tx, events);
      const known = await readKnown(tx, events);
      const outcome = await bookings.handleBatch(events, tx);
      const tellable = tellings(events, known);
      const rows = await readRows(tx, distinctEntities([...events.map(keyOf), ...bookingsOf(tellable)]));
      const owned = await givePhones(tx, { events, rows, directory });
      await notices.ask(
        tx,
        tellable.map((telling) => noticeOf(telling, owned)),
      );
      return outcome;
    },
  };
}
