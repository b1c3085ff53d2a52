import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { providerNamed } from './catalogue.ts';
import { Secret } from './contract/secret.ts';
import { usableSecrets } from './contract/usable-secrets.ts';

const nowMs = Date.UTC(2026, 2, 2);
const pem = generateKeyPairSync('rsa', { modulusLength: 1_024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

/** What people put there: the key that stands beside the right one, or that of another provider. */
const wrong: readonly (readonly [provider: string, options: unknown, value: string])[] = [
  ['stripe', {}, 'sk_live_51Habc'],
  ['stripe', {}, 'a password'],
  ['clerk', {}, 'sk_live_Habc'],
  ['resend', {}, 're_123456_abc!'],
  ['standard_webhooks', {}, 'whsec_not base64'],
  ['standard_webhooks', {}, 'whpk_AAAA'],
  ['telnyx', {}, 'KEY0123456789ABCDEF_abcdef'],
  ['telnyx', {}, pem],
  ['sendgrid', {}, 'SG.abcdef.ghijkl'],
  ['twilio', {}, `AC${'0'.repeat(32)}`],
  ['twilio', {}, `SK${'0'.repeat(32)}`],
  ['slack', {}, 'xoxb-123-456'],
  ['shopify', {}, 'shpat_0123456789abcdef0123456789abcdef'],
  ['hubspot', {}, 'pat-eu1-0123'],
  ['mailgun', {}, 'pubkey-0123456789'],
  ['paypal', {}, 'AeA1QIZXiflr1_-r0U2UbWTziOWX1GRQer5jkUq4ZfWT5qwb6qQRPq7jDtv57TL4POEEezGLdutcxnkJ'],
  ['pipedrive', {}, 'no-colon'],
  ['auth0', { scheme: 'basic' }, 'no-colon'],
  ['auth0', {}, 'café'],
  ['brevo', { scheme: 'basic' }, 'no-colon'],
  ['postmark', { scheme: 'basic' }, 'no-colon'],
  ['salesforce', {}, 'line\nbreak'],
  ['google_calendar', {}, 'x'.repeat(257)],
  ['microsoft_graph', {}, 'x'.repeat(129)],
  ['generic', { scheme: 'basic' }, 'no-colon'],
  ['generic', { scheme: 'bearer' }, 'schlüssel'],
  ['generic', { scheme: 'hmac', header: 'X-Sig' }, pem],
  ['github', {}, pem],
];

describe('a secret that can prove nothing', () => {
  it.for(wrong)('is not called usable: for %s with %j', ([name, options, value]) => {
    const provider = providerNamed(name);
    if (provider === undefined) throw new Error(`no provider ${name}`);
    const settings = { sourceId: 'src_a', tenantId: 'tnt_a', options: provider.options.parse(options) };

    const usable = usableSecrets({ provider, settings: { ...settings, secrets: [new Secret(value)] } }, nowMs);

    expect(usable).toEqual([]);
  });
});
