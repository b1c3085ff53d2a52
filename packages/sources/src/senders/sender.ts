import { email } from '@trunkline/addresses';
import { networkList } from '@trunkline/core';
import { z } from 'zod';

import { numberWithCountry } from '../directory/person.ts';
import { maxReferenceLength, referencePattern } from '../reference.ts';

/** What carries a message: the kinds of the channels that people have. */
const carriedKinds = ['sms', 'email', 'slack'] as const;

const secret = z
  .string()
  .max(maxReferenceLength)
  .regex(referencePattern, 'must say where the secret is, and is never the secret itself')
  .describe('env:NAME (a variable) or file:path (relative to this file).');

const id = z
  .string()
  .max(64)
  .regex(/^snd_[a-z0-9_]+$/)
  .describe('The id of the sender: snd_ and lower-case letters, digits or "_", such as snd_sms.');

const tenant = z.string().describe('The id of a tenant of this file: whose people it tells.');

const network = z
  .string()
  .max(64)
  .refine((text) => networkList([text]) !== undefined, 'is neither an address nor a network')
  .optional()
  .describe('A network of your own that the server stands in, such as 10.1.0.0/16. Default: the public internet only.');

const origin = z
  .string()
  .max(1_024)
  .refine(isOrigin, 'is no http:// or https:// address of a server')
  .optional()
  .describe('Where the API is instead: a gateway of your own, such as https://gateway.example.');

const from = z
  .string()
  .max(254)
  .refine((text) => email(text) !== undefined, 'is no mail address')
  .describe('The mail address that mails come from, such as notices@acme.example.');

const fromName = z.string().trim().min(1).max(200).optional().describe('The name beside it, such as Acme.');

const connection = z
  .string()
  .max(64)
  .regex(/^con_[a-z0-9_]+$/)
  .optional()
  .describe(
    'The connection of this file whose account and secrets it uses, such as con_twilio_acme, in the place of its own.',
  );

const common = { id, tenant, network };
const mail = { ...common, connection, from, fromName };

/** What a sender has of its own where it names no connection that has it; what it cannot be without comes first. */
export const ownSettings = {
  twilio: { needed: ['accountSid', 'apiKeySid', 'apiKeySecret'], others: [] },
  resend: { needed: ['apiKey'], others: [] },
  sendgrid: { needed: ['apiKey'], others: [] },
  smtp: { needed: ['host'], others: ['port', 'security', 'user', 'password'] },
  slack: { needed: ['botToken'], others: [] },
} as const;

export const senderSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...common,
      kind: z.literal('twilio'),
      connection,
      accountSid: z
        .string()
        .regex(/^AC[0-9a-f]{32}$/)
        .optional()
        .describe('The SID of the account: AC and 32 digits.'),
      apiKeySid: z
        .string()
        .regex(/^SK[0-9a-f]{32}$/)
        .optional()
        .describe('The SID of an API key: SK and 32 digits.'),
      apiKeySecret: secret.optional(),
      from: z
        .string()
        .max(64)
        .refine((text) => isServiceOrNumber(text), 'is no telephone number with its country')
        .describe(
          'A number of the account in quotes, such as "+15005550006", or the SID of a messaging service (MG…).',
        ),
      source: z
        .string()
        .optional()
        .describe(
          'The source that Twilio tells what became of each message, such as src_twilio_acme; it needs its publicBaseUrl. Default: nothing is told.',
        ),
      origin,
    }),
    z.strictObject({ ...mail, kind: z.literal('resend'), apiKey: secret.optional(), origin }),
    z.strictObject({ ...mail, kind: z.literal('sendgrid'), apiKey: secret.optional(), origin }),
    z.strictObject({
      ...mail,
      kind: z.literal('smtp'),
      host: z.string().min(1).max(253).optional().describe('The mail server, such as smtp.acme.example.'),
      port: z.int().min(1).max(65_535).optional().describe('Its port. Default: 587.'),
      security: z
        .enum(['tls', 'starttls', 'plain'])
        .optional()
        .describe('tls (port 465), starttls (587), or plain in a network of your own. Default: starttls.'),
      user: z.string().min(1).max(256).optional().describe('Whom it is logged in as; nobody when absent.'),
      password: secret.optional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('slack'),
      connection: z
        .string()
        .max(64)
        .regex(/^con_[a-z0-9_]+$/)
        .describe(
          'The connection that channels of people name, such as con_slack_acme. Without botToken its token is used.',
        ),
      botToken: secret.optional(),
      origin,
    }),
    z.strictObject({
      id,
      tenant,
      kind: z.literal('demo'),
      carries: z
        .array(z.enum(carriedKinds))
        .min(1)
        .max(carriedKinds.length)
        .describe('What it takes, such as [sms, email].'),
    }),
  ])
  .describe(
    'A sender: { id: snd_…, tenant: tnt_…, kind: twilio, resend, sendgrid, smtp, slack or demo, … }. demo takes everything and tells nobody.',
  );

export type SenderEntry = z.output<typeof senderSchema>;

function isServiceOrNumber(text: string): boolean {
  return /^MG[0-9a-f]{32}$/.test(text) || numberWithCountry(text) !== undefined;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text;
}
