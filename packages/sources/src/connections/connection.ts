import { type Connectable, connectables, isSecret } from '@trunkline/clients/credentials';
import { z } from 'zod';

import { maxReferenceLength, referencePattern } from '../reference.ts';

export type ConnectionId = `con_${string}`;

const connectionId: z.ZodType<ConnectionId> = z
  .templateLiteral(['con_', z.string().regex(/[a-z0-9_]+/)])
  .check(z.maxLength(64))
  .describe(
    'The id of the connection: con_ and lower-case letters, digits or "_", such as con_twilio_acme. Its secrets are sealed for it, so never change it; one that was revoked stays taken.',
  );

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function spanOf(pattern: RegExp) {
  return z
    .string()
    .regex(pattern)
    .transform((text) => Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 0));
}

const mostRequests = 1_000_000;
const maxRates = 16;

const rate = z
  .strictObject({
    requests: z.int().min(1).max(mostRequests).describe('How many requests in each period.'),
    per: spanOf(/^[1-9][0-9]{0,3}[smh]$/).describe('The period: whole seconds, minutes or hours, such as 1m.'),
  })
  .transform(({ requests, per }) => ({ count: requests, periodMs: per }))
  .describe('A rate: { requests: 50, per: 1m }.');

const secretReference = z
  .string()
  .max(maxReferenceLength)
  .regex(referencePattern, 'must say where the secret is, and is never the secret itself');

const tls = z
  .strictObject({
    certificate: secretReference.describe(
      'Where the certificate is that we show, with those between it and its authority (PEM): env:NAME or file:path.',
    ),
    key: secretReference.describe('Where its private key is (PEM): env:NAME or file:path.'),
    authority: secretReference
      .optional()
      .describe('Where the certificates are that vouch for the host (PEM); those of the system unless given.'),
  })
  .describe('The certificate that the host is shown (mutual TLS): { certificate: file:…, key: file:… }.');

/** A connection whose provider is not known: everything that can be checked all the same. */
const anyConnection = z
  .strictObject({
    id: connectionId,
    tenant: z.string().describe('The id of a tenant of this file.'),
    provider: z.string().describe(`Whose API is called: ${Object.keys(connectables).join(', ')}.`),
    account: z
      .string()
      .max(200)
      .regex(/^[\x21-\x7e]+$/)
      .optional()
      .describe(
        'The account at the provider. Credentials of another one are refused; unless given, it is whatever the provider says.',
      ),
    credentials: z.record(z.string(), z.unknown()).describe('What the provider is shown; the provider says which.'),
    tls: tls.optional(),
    rates: z
      .record(z.string().max(64), rate)
      .refine((rates) => Object.keys(rates).length <= maxRates, `are more than ${maxRates}`)
      .default({})
      .describe(
        "Rates that are narrower than the provider's, by their names, such as { default: { requests: 50, per: 1m } }. A wider one changes nothing.",
      ),
    checkEvery: spanOf(/^(?:[1-9][0-9]{0,2}m|(?:[1-9]|1[0-9]|2[0-4])h)$/)
      .prefault('1h')
      .describe('How often the provider is asked whether the credentials are still good: 1m to 24h. Default: 1h.'),
  })
  .describe('A connection: { id: con_…, tenant: tnt_…, provider: …, credentials: { … } }.');

export type ConnectionEntry = z.output<typeof anyConnection>;

/** A connection to the provider; without one, to a provider that is not known. */
export function connectionSchemaOf(name: string, connectable: Connectable | undefined): z.ZodType<ConnectionEntry> {
  return connectable === undefined ? anyConnection : connectionObjectOf(name, connectable);
}

/** Every provider's form of a connection, for the JSON Schema of the file. */
export function anyConnectionSchema(): z.ZodType<ConnectionEntry> {
  const all = Object.entries(connectables).map(([name, connectable]) => connectionObjectOf(name, connectable));
  const [first, ...others] = all;
  return first === undefined ? anyConnection : z.discriminatedUnion('provider', [first, ...others]);
}

function connectionObjectOf(name: string, connectable: Connectable) {
  return anyConnection
    .extend({ provider: z.literal(name), credentials: credentialsOf(connectable) })
    .describe(`A connection to ${connectable.title}.`);
}

/** A secret is replaced by where it is; everything else stands in the file. */
function credentialsOf({ title, credentials }: Connectable): z.ZodType<Readonly<Record<string, unknown>>> {
  // The fields of an object are schemas; its own type says less.
  const fields = Object.entries(credentials.shape as Readonly<Record<string, z.ZodType>>);
  return z
    .strictObject(
      Object.fromEntries(fields.map(([name, field]) => [name, isSecret(field) ? referenceTo(field) : field])),
    )
    .describe(`What ${title} is shown: { ${fields.map(([name]) => `${name}: …`).join(', ')} }.`);
}

function referenceTo(field: z.ZodType): z.ZodType {
  const what = `${field.description ?? ''} Where it is: env:NAME or file:path (relative to this file).`.trim();
  const reference = secretReference.describe(what);
  return field instanceof z.ZodOptional ? reference.optional() : reference;
}
