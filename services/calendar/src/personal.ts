import { personalTable, type PersonalTable } from '@trunkline/consumer';

/** What this service keeps of people, and what goes with whom when somebody's address is erased. */
export const personal: readonly PersonalTable[] = [
  personalTable({
    topic: 'calendar.booking.v1',
    parties: {
      host: { addresses: ['hostEmail'] },
      invitee: { addresses: ['inviteeEmail', 'inviteePhone'], names: ['inviteeName'] },
    },
    texts: ['title', 'cancellationReason'],
  }),
  personalTable({
    topic: 'calendar.event.v1',
    // A calendar often has its owner's address for an id.
    parties: { organizer: { addresses: ['organizerEmail'] }, owner: { addresses: ['calendarId'] } },
    list: 'attendees',
    texts: ['title', 'location'],
  }),
];
