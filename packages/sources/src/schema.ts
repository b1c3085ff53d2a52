import { networkList } from '@trunkline/core';
import { largestBodyBytes } from '@trunkline/events';
import { type ProviderDefinition, providers } from '@trunkline/providers';
import { z } from 'zod';

import { anyConnectionSchema } from './connections/connection.ts';
import { operatorSchema } from './directory/operator.ts';
import { personSchema } from './directory/person.ts';
import { phoneSchema } from './directory/phone.ts';
import { fileObjectOf } from './envelope.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { maxReferenceLength, referencePattern } from './reference.ts';
import { senderSchema } from './senders/sender.ts';
import { tenantSchema } from './tenant.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** docs/records.md, "Sizes": what a source takes unless it says otherwise. */
const defaultBodyBytes = 1 * mebibyte;

/** All live secrets are tried in constant work, so their number is the price of every forged request. */
const maxSecrets = 8;

const sourceId = z
  .string()
  .max(64)
  .regex(/^src_[a-z0-9_]+$/)
  // docs/records.md, "Of webhooks out".
  .refine((id) => id !== 'src_trunkline', "is the source of Trunkline's own events")
  .describe(
    'The id of the source, the last part of its URL (/hooks/src_…): src_ and lower-case letters, digits or "_". Event ids are made from it, so never change it or use it again.',
  );

const secretReference = z
  .string()
  .max(maxReferenceLength)
  .regex(referencePattern, 'must say where the secret is, and is never the secret itself')
  .describe('env:NAME (a variable, or a line of the secrets file) or file:path (relative to this file).');

const secretEntry = z.strictObject({
  from: secretReference,
  notAfter: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('The old secret of a rotation counts until then, such as 2026-07-01T00:00:00Z.'),
});

/** The provider's own names are as long as they like; what is compared is not. */
const maxKeyIdLength = 256;

const keyId = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(maxKeyIdLength);

const boundSecretEntry = secretEntry.extend({ keyId: keyId.optional() });

function secretsOf<T extends z.ZodType>(entry: T) {
  return z
    .array(
      z
        .union([secretReference, entry])
        .describe('env:NAME, file:path, or { from: env:NAME, notAfter: 2026-07-01T00:00:00Z }.'),
    )
    .min(1)
    .max(maxSecrets)
    .describe('A list with one secret, or several while they are rotated (each is accepted), such as [env:NAME].');
}

const units: Readonly<Record<string, number>> = { KiB: kibibyte, MiB: mebibyte };

const byteLimit = z.int().min(1).max(largestBodyBytes);

const bodyLimit = z
  .union([
    byteLimit,
    z
      .string()
      .regex(/^[1-9][0-9]{0,6}(?:KiB|MiB)$/)
      .transform((text) => Number(text.slice(0, -3)) * (units[text.slice(-3)] ?? 0))
      .pipe(byteLimit),
  ])
  .default(defaultBodyBytes)
  .describe('The largest body taken; above it the answer is 413. Bytes, or text such as 512KiB or 2MiB; at most 8MiB.');

const publicBaseUrl = z
  .string()
  .max(2_048)
  .refine(isBaseUrl, 'is not a base URL')
  .describe(
    'The address that the provider posts to, without /hooks/…, such as https://hooks.example.com. Some signatures are over it.',
  );

/** What the provider signs is this, then the target as received: a query or a user name could never match. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return text === text.trim() && !/[?#]/.test(text) && url.username === '' && url.password === '';
}

/** Every delivery of a source with a list is compared with each entry of it. */
const maxNetworks = 256;

const network = z
  .string()
  .max(64)
  .refine((text) => networkList([text]) !== undefined, { error: 'is neither an address nor a network', abort: true })
  .refine((text) => !text.endsWith('/0'), 'is every address, which is what a source without a list takes')
  .describe('An address or a network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.');

const allowAddresses = z
  .array(network)
  .min(1)
  .max(maxNetworks)
  .describe(
    'Who may post: a list of addresses and networks, such as [203.0.113.0/24, 2001:db8::/32]; everyone else is answered 403. Behind a proxy, TRUNKLINE_TRUSTED_PROXIES must name it. Default: every address.',
  );

const periods: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** At the largest figures a bucket is filled by a thousand tokens a millisecond, which a double counts exactly enough. */
const mostRequests = 1_000_000;

const rate = z
  .strictObject({
    requests: z.int().min(1).max(mostRequests).describe('How many requests in each period, on average.'),
    per: z
      .string()
      .regex(/^[1-9][0-9]{0,3}[smh]$/)
      .transform((text) => Number(text.slice(0, -1)) * (periods[text.slice(-1)] ?? 0))
      .describe('The period: a whole number of seconds, minutes or hours, such as 1s, 1m or 12h.'),
    burst: z
      .int()
      .min(1)
      .max(mostRequests)
      .optional()
      .describe('How many may come at once after a quiet time. Default: as many as requests.'),
  })
  .transform(({ requests, per, burst }) => ({ requests, perMs: per, burst: burst ?? requests }))
  .prefault({ requests: 1_000, per: '1s', burst: 5_000 })
  .describe(
    'A limit on authentic requests, on each machine that runs an ingress; above it the answer is 429 with Retry-After. Example: { requests: 100, per: 1m, burst: 200 }. Default: 1,000 a second, 5,000 at once.',
  );

/** Accounts stand in record keys and headers. */
const visibleAscii = /^[\x21-\x7e]+$/;

/** A source whose provider is not known: everything that can be checked all the same. */
const anySource = z
  .strictObject({
    id: sourceId,
    tenant: z.string().describe('The id of a tenant of this file.'),
    provider: z.string().describe(`Who posts here: ${providers.map((provider) => provider.name).join(', ')}.`),
    account: accountText(visibleAscii)
      .describe("The provider's own name of the account whose webhooks come here.")
      .optional(),
    state: z
      .enum(['enabled', 'disabled', 'retired'])
      .default('enabled')
      .describe(
        'enabled; disabled: answers 404; retired: answers 410, which makes some providers unsubscribe for good.',
      ),
    secrets: secretsOf(boundSecretEntry),
    options: z.unknown().optional().describe('What this provider can be told; the provider says which.'),
    publicBaseUrl: publicBaseUrl.optional(),
    bodyLimitBytes: bodyLimit,
    acceptDeadlineMs: z
      .int()
      .min(100)
      .max(30_000)
      .optional()
      .describe("How long an answer may wait for Kafka before it is 503. Default: what suits the provider's patience."),
    allowAddresses: allowAddresses.optional(),
    rate,
  })
  .describe('A source: { id: src_…, tenant: tnt_…, provider: …, secrets: [env:NAME] }.');

export type SourceEntry = z.output<typeof anySource>;
export type SecretEntry = SourceEntry['secrets'][number];
type BoundSecretEntry = z.output<typeof boundSecretEntry>;

/** A source of the provider; without one, of a provider that is not known. */
export function sourceSchemaOf(provider: ProviderDefinition | undefined): z.ZodType<SourceEntry> {
  return provider === undefined ? anySource : sourceObjectOf(provider);
}

/** A source of one provider: its word, its rule about accounts, its options. */
function sourceObjectOf(provider: ProviderDefinition) {
  return anySource
    .extend({
      provider: z.literal(provider.name),
      account: accountOf(provider),
      secrets: secretsOf(secretEntryOf(provider)),
      options: optionsOf(provider),
    })
    .describe(`${provider.title}: ${provider.docsUrl}`);
}

/** Only where a request names what its secret belongs to can a secret be bound to that. */
function secretEntryOf({ secrets }: ProviderDefinition): z.ZodType<BoundSecretEntry> {
  if (secrets.keyId === undefined) return secretEntry;
  const { whatItIs, example } = secrets.keyId;
  const described = keyId.describe(
    `Binds the secret: ${whatItIs}, such as ${example}. It counts for nothing else then.`,
  );
  return secretEntry.extend({ keyId: described.optional() });
}

function accountOf({ account, accountFormat }: ProviderDefinition): z.ZodType<string | undefined, string | undefined> {
  const { pattern, example, whereToFind } = accountFormat ?? { pattern: visibleAscii, example: '', whereToFind: '' };
  const described =
    accountFormat === undefined
      ? (anySource.shape.account.description ?? '')
      : `The account whose webhooks come here, such as ${example} (${whereToFind}).`;
  const text = accountText(pattern).describe(described);
  return account === 'configured' ? text : text.optional();
}

function accountText(pattern: RegExp): z.ZodString {
  return z.string().max(200).regex(pattern);
}

/** Options may be left out where the provider has a default for every one. */
function optionsOf({ title, options }: ProviderDefinition): z.ZodType {
  const described = options.describe(`Options of ${title}.`);
  return options.safeParse({}).success ? described.prefault({}) : described;
}

/** The JSON Schema of the file, for editors. Draft 7, because that is what editors' YAML support knows best. */
export function sourcesJsonSchema(): JsonSchema {
  const known: readonly ProviderDefinition[] = providers;
  const [first, ...others] = known.map(sourceObjectOf);
  const source = first === undefined ? anySource : z.discriminatedUnion('provider', [first, ...others]);
  return jsonSchemaOf(
    fileObjectOf({
      tenant: tenantSchema,
      source,
      connection: anyConnectionSchema(),
      person: personSchema,
      phone: phoneSchema,
      sender: senderSchema,
      operator: operatorSchema,
    }),
  );
}
