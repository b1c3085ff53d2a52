import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps calendar.event at the newest state that any event told. */
export function eventHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'calendar.event.v1'> {
  return erasable(projection, personal, { book });
}

/** Microsoft Graph tells only the mark of a new state, so every field has a version of its own. */
const projection: ProjectionHandler<'calendar.event.v1'> = projectionHandler({
  topic: 'calendar.event.v1',
  versions: 'field',
  columns: {
    status: 'text',
    providerStatus: 'text',
    calendarId: 'text',
    iCalUid: 'text',
    etag: 'text',
    title: 'text',
    isAllDay: 'boolean',
    startsAt: 'timestamptz',
    endsAt: 'timestamptz',
    startDate: 'text',
    endDate: 'text',
    timezone: 'text',
    organizerEmail: 'text',
    attendees: 'jsonb',
    attendeesTruncated: 'boolean',
    location: 'text',
    meetingUrl: 'text',
    visibility: 'text',
    availability: 'text',
    seriesId: 'text',
    originalStartsAt: 'timestamptz',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
  },
});
