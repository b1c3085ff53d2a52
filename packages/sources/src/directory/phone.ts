import { z } from 'zod';

import { isNumberWithCountry, personId } from './person.ts';
import { templateNames, templates } from './templates.ts';

const maxNumbers = 32;
/** Everyone of them is asked about for each event that they are told of, in its transaction. */
const maxOwners = 32;
const maxSources = 256;

export type PhoneId = `phn_${string}`;

const phoneId: z.ZodType<PhoneId> = z
  .templateLiteral(['phn_', z.string().regex(/[a-z0-9_]+/)])
  .check(z.maxLength(64))
  .describe(
    'The id of the phone: phn_ and lower-case letters, digits or "_", such as phn_front. It stands beside calls, messages and bookings, so never change it or use it again.',
  );

const number = z
  .string()
  .max(1_024)
  .refine(isNumberWithCountry, 'is no telephone number with its country')
  .describe('A telephone number with its country, in quotes, such as "+15005550006"; or env:NAME or file:path.');

const channelNames = z.array(z.string().describe('The id of a channel of the owners, such as sms.')).min(1).max(8);

const tell = z
  .strictObject(
    Object.fromEntries(
      templateNames.map((name) => [
        name,
        channelNames.optional().describe(`Tells the owners by these channels: ${templates[name]}.`),
      ]),
    ),
  )
  .default({})
  .describe(
    'What the owners are told, and by which of their channels, such as { missed_call: [sms] }. Default: nothing.',
  );

const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
  .describe('A time of day in quotes, such as "21:00".');

const quiet = z
  .strictObject({
    from: timeOfDay,
    to: timeOfDay,
    zone: z
      .string()
      .max(64)
      .refine(isZone, 'is no time zone')
      .describe('A time zone of the IANA data base, such as Europe/Berlin.'),
    except: z
      .array(z.enum(templateNames).describe('What is told all the same.'))
      .max(templateNames.length)
      .default([])
      .describe('What is told all the same, such as [dispute_opened].'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'is the same time as from' })
  .describe('When nothing is told until later: { from: "21:00", to: "07:00", zone: Europe/Berlin }.');

export const phoneSchema = z
  .strictObject({
    id: phoneId,
    tenant: z.string().describe('The id of a tenant of this file.'),
    numbers: z
      .array(number)
      .max(maxNumbers)
      .default([])
      .describe('Its numbers, such as ["+15005550006"]; calls and messages of theirs belong to it.'),
    owners: z
      .array(personId)
      .max(maxOwners)
      .default([])
      .describe('Who is told: a list of people of this file, such as [per_ada].'),
    sources: z
      .array(z.string().describe('The id of a source of this file.'))
      .max(maxSources)
      .default([])
      .describe('The sources whose events belong to it where no number says another, such as [src_calendly_acme].'),
    tell,
    quiet: quiet.optional(),
  })
  .describe(
    'A phone and its owners: { id: phn_…, tenant: tnt_…, numbers: […], owners: [per_…], tell: { missed_call: [sms] } }.',
  );

export type PhoneEntry = z.output<typeof phoneSchema>;
export type QuietHours = NonNullable<PhoneEntry['quiet']>;

function isZone(text: string): boolean {
  try {
    // Offsets such as +02:00 are zones to Intl, too, and wrong half of the year.
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
