import type { Directory, Phone, QuietHours } from '@trunkline/sources/directory';

import type { Message } from '../messages/message.ts';

/**
 * Until when a person is not to be disturbed with this; undefined when they may be. The quiet hours are those of the phones
 * of which the person is told such things: with several, the first that ends.
 */
export function quietUntilMs(
  { tenantId, recipientId, template }: Pick<Message, 'tenantId' | 'recipientId' | 'template'>,
  nowMs: number,
  directory: Pick<Directory, 'phones'>,
): number | undefined {
  if (recipientId === null || template === null) return undefined;
  const phones = directory.phones(tenantId).filter((phone) => tells(phone, recipientId, template));
  const ends = phones.map(({ quiet }) => endMs(quiet, template, nowMs));
  // A phone that is not quiet may be the one that it is about.
  return ends.length === 0 || ends.includes(undefined) ? undefined : Math.min(...ends.map((end) => end ?? nowMs));
}

function tells({ owners, tell }: Phone, recipientId: string, template: string): boolean {
  return owners.some((owner) => owner === recipientId) && [...tell.keys()].some((told) => told === template);
}

function endMs(quiet: QuietHours | undefined, template: string, nowMs: number): number | undefined {
  if (quiet === undefined || quiet.except.some((name) => name === template)) return undefined;
  const minute = minuteOfDay(nowMs, quiet.zone);
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return undefined;
  const minutesLeft = (to - minute + minutesADay) % minutesADay;
  return withClocks(Math.floor(nowMs / minuteMs) * minuteMs + minutesLeft * minuteMs, to, quiet.zone);
}

/**
 * When the clocks of the zone say `to`, where they are set between now and `endMs`. A time that they leave out is as much
 * later; of one that comes twice it is the first.
 */
function withClocks(endMs: number, to: number, zone: string): number {
  const ahead = ((minuteOfDay(endMs, zone) - to + 1.5 * minutesADay) % minutesADay) - minutesADay / 2;
  const corrected = endMs - ahead * minuteMs;
  return minuteOfDay(corrected, zone) === to ? corrected : endMs;
}

const minuteMs = 60_000;
const minutesADay = 24 * 60;

/** `21:00` */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function minuteOfDay(atMs: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return minutesOf(format.format(atMs));
}
