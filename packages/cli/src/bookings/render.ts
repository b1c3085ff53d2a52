import { printable, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { BookingChain, ChainedBooking } from './read-bookings.ts';

/** What became of a meeting that was booked, and how it came there. */
export function renderChain(chain: BookingChain, style: Style): string {
  const { provider, account, kind, currentId, bookings } = chain;
  const current = bookings.find(({ id }) => id === currentId);
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['booking', style.strong(printable(`${kind}/${currentId}`))],
    ['of', printable(`${provider}, ${account}`)],
    ['state', stateText(chain, current)],
    ['when', whenText(current)],
    ['what', textOf(current?.title)],
    ['host', textOf(current?.hostEmail)],
    ['invitee', inviteeText(current)],
    ['erased', erasedText(current)],
    ['phone', textOf(current?.phoneId) ?? style.faint('none of the directory')],
    ['moves', bookings.length < 2 ? undefined : bookings.map((one) => stepText(one, currentId)).join('\n')],
  ];
  return renderPairs(pairs, style);
}

function stateText({ ends }: BookingChain, current: ChainedBooking | undefined): string {
  const state = current?.status ?? 'not told yet: only another booking named it so far';
  const noShow = current?.noShow === true ? ', nobody came' : '';
  const warning =
    ends === 'end' ? '' : ends === 'circle' ? ' (its moves form a circle)' : ' (moved more than 50 times)';
  return `${printable(state)}${noShow}${warning}`;
}

function whenText(booking: ChainedBooking | undefined): string | undefined {
  if (booking?.startsAt === undefined || booking.startsAt === null) return undefined;
  return booking.endsAt === null
    ? booking.startsAt.toISOString()
    : `${booking.startsAt.toISOString()} to ${booking.endsAt.toISOString()}`;
}

function inviteeText(booking: ChainedBooking | undefined): string | undefined {
  const parts = [booking?.inviteeName, booking?.inviteeEmail, booking?.inviteePhone].flatMap((part) => part ?? []);
  return parts.length === 0 ? undefined : printable(parts.join(', '));
}

function erasedText(booking: ChainedBooking | undefined): string | undefined {
  const erasedAt = booking?.erasedAt ?? null;
  return erasedAt === null ? undefined : `a person of this booking was erased, until ${erasedAt.toISOString()}`;
}

function stepText({ id, status, startsAt }: ChainedBooking, currentId: string): string {
  const when = startsAt === null ? '' : ` ${startsAt.toISOString()}`;
  return printable(`${id === currentId ? '→' : ' '} ${id} ${status ?? 'not told yet'}${when}`);
}

function textOf(value: string | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : printable(value);
}
