import { generateKeyPairSync } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { normalizeTelnyx, telnyxPassedOn, telnyxTypes } from './normalize.ts';
import { type TelnyxOptions, telnyxOptions } from './options.ts';
import { telnyxScheme } from './verify.ts';

export const telnyx: ProviderDefinition<TelnyxOptions> = {
  name: 'telnyx',
  title: 'Telnyx',
  docsUrl: 'https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks',
  domains: ['telephony'],
  scheme: 'Ed25519 over timestamp and body',
  // A call can be configured for GET, but then the signature does not cover what it says.
  methods: ['POST'],
  options: telnyxOptions,
  // No message names the account it belongs to.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Za-z0-9._-]{1,100}$/,
    example: 'acme',
    whereToFind: 'a name of your choice for the Telnyx account; two sources of one account share it',
  },
  secrets: {
    label: 'Public key',
    whereToFind: 'Telnyx Mission Control, Keys & Credentials, Public Key (32 bytes in base64)',
    generate: () =>
      generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    flawOf: telnyxScheme.secretFlaw,
  },
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: 'The webhook timeout of the connection or messaging profile.',
    schedule: 'Repeated, then sent to the failover URL; how often is not confirmed. meta.attempt counts.',
    autoDisable: 'Never, as far as is documented.',
    outage: 'What is sent while an outage lasts longer than the repeats goes to the failover URL, else it is lost.',
    dedupeBy: 'data.id, the same at each attempt. Telnyx says that duplicates and disorder happen.',
  },
  eventTypes: [
    ...telnyxTypes.map(([from, to]) => ({ from, to })),
    ...telnyxPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => telnyxScheme.coverage,
  verify: (request, settings, nowMs) => telnyxScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => telnyxScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeTelnyx,
};
