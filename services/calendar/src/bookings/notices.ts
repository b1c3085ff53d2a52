import type { Notice } from '@trunkline/consumer';
import { distinctEntities, type EntityKey, entityText } from '@trunkline/postgres';

import { keyOf } from './keys.ts';
import type { BookingRow } from './rows.ts';
import { subjectOf } from './subjects.ts';
import type { BookingTelling } from './tellings.ts';

/** Part of the ids of what is asked for: never renamed. */
const handler = 'booking';

/** How long it is worth telling where the start of the meeting is not known, or past anyway. */
const worthMs = 24 * 60 * 60 * 1_000;

/** The bookings whose rows the notices of the tellings are made of. */
export function bookingsOf(tellings: readonly BookingTelling[]): readonly EntityKey[] {
  return distinctEntities(
    tellings.flatMap((telling) => [keyOf(telling.event), telling.about, movedFrom(telling) ?? []].flat()),
  );
}

/** A telling as a notice to the owners of the booking's phone, with what its text may say. */
export function noticeOf(telling: BookingTelling, rows: ReadonlyMap<string, BookingRow>): Notice {
  const { event, template, about, occurrence } = telling;
  // Of a move the new booking may be unknown yet: then the text says only that the old one was moved.
  const own = rows.get(entityText(keyOf(event)));
  const meeting = rows.get(entityText(about));
  const from = movedFrom(telling);
  const old = from === undefined ? undefined : rows.get(entityText(from));
  return {
    template,
    subject: subjectOf(about, occurrence),
    event,
    handler,
    phoneId: meeting?.phoneId ?? own?.phoneId ?? undefined,
    parameters: {
      startsAt: meeting?.startsAt?.toISOString() ?? null,
      endsAt: meeting?.endsAt?.toISOString() ?? null,
      wasAt: old?.startsAt?.toISOString() ?? null,
      title: meeting?.title ?? own?.title ?? null,
      invitee: meeting?.inviteeName ?? own?.inviteeName ?? null,
      reason: own?.cancellationReason ?? null,
    },
    names: bookingsOf([telling]),
    notAfterMs: notAfterMs(telling, meeting),
  };
}

/** Of a move the old booking: that of the event, or the one that the event's takes the place of. */
function movedFrom({ event, template, about }: BookingTelling): EntityKey | undefined {
  if (template !== 'booking_moved') return undefined;
  const own = keyOf(event);
  if (own.entityId !== about.entityId) return own;
  const { replaces } = event.record;
  return replaces === null ? undefined : { ...own, entityId: replaces };
}

/** Nobody needs to hear of a meeting that has begun, but of who did not come to it. */
function notAfterMs({ event, template }: BookingTelling, meeting: BookingRow | undefined): number {
  const isAfterwards = template === 'no_show' || template === 'no_show_cleared';
  const startsAt = isAfterwards ? null : (meeting?.startsAt ?? null);
  return startsAt?.getTime() ?? event.record.metadata.receivedAt + worthMs;
}
