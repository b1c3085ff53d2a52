import { randomBytes } from 'node:crypto';

import type { ProviderDefinition, SignatureCoverage } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { normalizeGeneric } from './normalize.ts';
import { type GenericOptions, genericOptions, templateOf } from './options.ts';
import { parseTemplate, signedHeaders } from './template.ts';
import { genericScheme } from './verify.ts';

/** Any sender with an HMAC or a shared secret: own systems, Zapier, what has no provider of its own yet. */
export const generic: ProviderDefinition<GenericOptions> = {
  name: 'generic',
  title: 'Generic webhook',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc2104',
  domains: ['integration'],
  scheme: 'HMAC of the body in a header, or a token, bearer or basic credential',
  methods: ['POST'],
  options: genericOptions,
  account: 'source',
  secrets: {
    label: 'Shared secret',
    whereToFind: 'Yours to choose, at least 32 random characters; give the same to the sender. Basic: user:password.',
    // The form that basic wants is a good secret for every other scheme, too.
    generate: () => `trunkline:${randomBytes(32).toString('hex')}`,
  },
  // Nothing is known about how such senders repeat, so it waits for Kafka as long as for one that never does.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Unknown; ask the sender.',
    schedule: 'Unknown; ask the sender. Many never try again.',
    autoDisable: 'Unknown.',
    outage: 'A sender that does not repeat loses what it sends while Trunkline answers 503 or nothing.',
    dedupeBy: 'What event.id points at. Without it every reception is a new event.',
  },
  eventTypes: [{ from: '*', to: 'integration.event.received' }],
  coverage: coverageOf,
  verify: (request, settings, nowMs) => genericScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => genericScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeGeneric,
  keepHeaders: signedHeadersOf,
};

function coverageOf(options: GenericOptions): SignatureCoverage {
  if (options.scheme === 'token') return { credentialHeaders: [options.header], body: 'none', url: false };
  if (options.scheme !== 'hmac') return { credentialHeaders: ['Authorization'], body: 'none', url: false };
  const { header, timestamp } = options;
  const signed = signedHeadersOf(options);
  if (timestamp === undefined) return { credentialHeaders: [header, ...signed], body: 'all', url: false };
  return {
    credentialHeaders: [header, timestamp.header, ...signed],
    body: 'all',
    url: false,
    timestamp: { toleranceMs: timestamp.toleranceSeconds * 1000 },
  };
}

/** What is signed is a fact of the event, not a credential, so its values may be kept. */
function signedHeadersOf(options: GenericOptions): readonly string[] {
  if (options.scheme !== 'hmac') return [];
  const template = parseTemplate(templateOf(options));
  return template.ok ? signedHeaders(template.parts) : [];
}
