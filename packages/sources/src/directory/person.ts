import { email, phone } from '@trunkline/addresses';
import { z } from 'zod';

import { isReference } from '../reference.ts';

/** A person is told by one or two of them. */
const maxChannels = 8;

export type PersonId = `per_${string}`;

export const personId: z.ZodType<PersonId> = z
  .templateLiteral(['per_', z.string().regex(/[a-z0-9_]+/)])
  .check(z.maxLength(64))
  .describe(
    'The id of the person: per_ and lower-case letters, digits or "_", such as per_ada. It is in every request to tell them something, so never change it.',
  );

const channelId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9_]+$/)
  .describe('The channel\'s name among those of the person: lower-case letters, digits or "_", such as sms.');

const whereItIs = 'It may also be env:NAME or file:path (relative to this file), so that no address stands here.';

const channel = z
  .discriminatedUnion('kind', [
    z.strictObject({
      id: channelId,
      kind: z.literal('sms'),
      to: z
        .string()
        .max(1_024)
        .refine(isNumberWithCountry, 'is no telephone number with its country')
        .describe(`A telephone number with its country, in quotes, such as "+15005550006". ${whereItIs}`),
    }),
    z.strictObject({
      id: channelId,
      kind: z.literal('email'),
      to: z
        .string()
        .max(1_024)
        .refine((text) => isReference(text) || email(text) !== undefined, 'is no mail address')
        .describe(`A mail address, such as ada@acme.example. ${whereItIs}`),
    }),
    z.strictObject({
      id: channelId,
      kind: z.literal('slack'),
      connection: z
        .string()
        .max(64)
        .regex(/^con_[a-z0-9_]+$/)
        .describe('The connection to the workspace, such as con_slack_acme.'),
      channel: z
        .string()
        .max(64)
        .regex(/^[A-Z0-9]+$/)
        .describe('The id of the channel or person in Slack, such as C0123ABCD.'),
    }),
  ])
  .describe(
    'How to tell: { id: …, kind: sms or email, to: … } or { id: …, kind: slack, connection: con_…, channel: C… }.',
  );

export const personSchema = z
  .strictObject({
    id: personId,
    tenant: z.string().describe('The id of a tenant of this file.'),
    name: z.string().trim().min(1).max(200).describe('What the person is called, such as Ada.'),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(?:-[A-Z]{2})?$/)
      .default('en')
      .describe('What is told is written in this language, such as en, de or de-AT. Default: en.'),
    channels: z
      .array(channel)
      .max(maxChannels)
      .default([])
      .describe('How the person can be told something; phones say what by which of them.'),
    fallback: z
      .boolean()
      .default(true)
      .describe('Whether what surely did not reach the person by one channel is told by the next one. Default: true.'),
  })
  .describe('A person: { id: per_…, tenant: tnt_…, name: …, channels: [{ id: mail, kind: email, to: … }] }.');

export type PersonEntry = z.output<typeof personSchema>;
export type ChannelEntry = PersonEntry['channels'][number];

/** A number, as itself or where it is; one of a region could be somebody else's. */
export function isNumberWithCountry(text: string): boolean {
  return isReference(text) || numberWithCountry(text) !== undefined;
}

/** An extension cannot be called or texted by a machine, and no provider says one. */
export function numberWithCountry(text: string): string | undefined {
  const number = phone(text);
  return number?.includes(';') === true ? undefined : number;
}
