import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { basicForm, hmacKeyForm, type SecretForm, tokenForm } from '../schemes/secret-forms.ts';
import { probeReply } from './handshake.ts';
import { normalizeGeneric } from './normalize.ts';
import { type GenericOptions, genericOptions, isSigned, templateOf } from './options.ts';
import { signedHeadersIn } from './template.ts';
import { genericScheme } from './verify.ts';

/** Any sender with an HMAC or a shared secret: own systems, Zapier, what has no provider of its own yet. */
export const generic: ProviderDefinition<GenericOptions> = {
  name: 'generic',
  title: 'Generic webhook',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc2104',
  domains: ['integration'],
  scheme: 'HMAC of the body in a header, alone or with its time (t=, v1=), or a token, bearer or basic credential',
  methods: ['POST'],
  options: genericOptions,
  account: 'source',
  secrets: {
    label: 'Shared secret',
    whereToFind: 'Yours to choose, at least 32 random characters; give the same to the sender. Basic: user:password.',
    // The form that basic wants is a good secret for every other scheme, too.
    generate: () => `trunkline:${randomBytes(32).toString('hex')}`,
    flawOf: (value, { scheme }) => forms[scheme](value),
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
  coverage: (options) => genericScheme(options).coverage,
  verify: (request, settings, nowMs) => genericScheme(settings.options).verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => genericScheme(settings.options).sign(request, firstSecret(settings), nowMs),
  normalize: normalizeGeneric,
  contentEncodings: ({ contentEncoding }) => (contentEncoding === undefined ? [] : [contentEncoding]),
  probeMethods: ({ probes }) => probes,
  handshake: { unsigned: (request, { options }) => probeReply(request, options.probes) },
  keepHeaders: signedHeadersOf,
};

const forms: Readonly<Record<GenericOptions['scheme'], SecretForm>> = {
  hmac: hmacKeyForm,
  timestamped: hmacKeyForm,
  token: tokenForm,
  bearer: tokenForm,
  basic: basicForm,
};

/** What is signed is a fact of the event, not a credential, so its values may be kept. */
function signedHeadersOf(options: GenericOptions): readonly string[] {
  return isSigned(options) ? signedHeadersIn(templateOf(options)) : [];
}
