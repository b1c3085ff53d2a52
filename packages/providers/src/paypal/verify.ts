import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { type ReceivedRequest, withHeader } from '../contract/request.ts';
import { certificateSignature, type CertificateScheme } from '../schemes/certificate-signature.ts';
import { makeSampleCertificate, type SampleCertificate } from '../schemes/sample-certificate.ts';
import type { PaypalOptions } from './options.ts';

/**
 * https://developer.paypal.com/api/rest/webhooks/rest: RSA with SHA-256 over
 * `transmission id|transmission time|webhook id|CRC-32 of the body, decimal`.
 *
 * CRC-32 is a checksum and no hash: who holds one signed delivery can make another body with the same one. Only TLS
 * between PayPal and this installation keeps bodies from being exchanged on the way.
 * The time is not judged: PayPal repeats a delivery for days, and whether it signs it anew is not documented.
 */
const hostOf = { live: 'api.paypal.com', sandbox: 'api.sandbox.paypal.com' } as const;

function schemeOf(environment: PaypalOptions['environment']): CertificateScheme {
  const certificates = `https://${hostOf[environment]}/v1/notifications/certs/`;
  return certificateSignature({
    header: 'PAYPAL-TRANSMISSION-SIG',
    urlHeader: 'PAYPAL-CERT-URL',
    algorithmHeader: 'PAYPAL-AUTH-ALGO',
    algorithm: 'SHA256withRSA',
    pinned: new RegExp(`^${certificates.replaceAll('.', '\\.')}CERT-[A-Za-z0-9-]{1,100}$`),
    // The rule of PayPal's own SDKs for Java and .NET.
    commonName: /^messageverificationcerts(?:\.[a-z0-9-]+)*\.paypal\.com$/,
    maxCertificateBytes: 64 * 1_024,
    signedHeaders: ['PAYPAL-TRANSMISSION-ID', 'PAYPAL-TRANSMISSION-TIME'],
    message: (values, webhookId, body) => [...values, webhookId, crc32(body)].join('|'),
    sampleUrl: `${certificates}CERT-sample`,
    covers: {
      body: 'all_but',
      notProven: [
        'Bodies with the same CRC-32: it is a checksum, so whoever holds a signed delivery can make another body that it fits. Each ingress process takes one body for a signed transmission id, for as long as it remembers it.',
      ],
    },
  });
}

const schemes = { live: schemeOf('live'), sandbox: schemeOf('sandbox') } as const;

export function paypalScheme(options: PaypalOptions): CertificateScheme {
  return schemes[options.environment];
}

/** The request with a transmission of its own, as PayPal sends one, still without its signature. */
export function asTransmission(request: ReceivedRequest, nowMs: number): ReceivedRequest {
  const digest = createHash('sha256').update(`${nowMs}`).update(request.body).digest('hex');
  const id = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const named = withHeader(request, 'PAYPAL-TRANSMISSION-ID', id);
  return withHeader(named, 'PAYPAL-TRANSMISSION-TIME', `${new Date(nowMs).toISOString().slice(0, 19)}Z`);
}

/** Made once: an RSA key takes a tenth of a second, and what makes two samples different is the webhook id. */
let sample: SampleCertificate | undefined;

/** A webhook id with a key and a certificate of our own, so that samples can be signed and are accepted. */
export function generateSecret(): string {
  sample ??= makeSampleCertificate('messageverificationcerts.paypal.com');
  const webhookId = randomBytes(9).toString('hex').toUpperCase().slice(0, 17);
  return `${webhookId}\n${sample.privateKey}${sample.certificate}`;
}

/** Webhook ids have 17 capitals and digits. The dashboard also shows client ids and secrets, which are longer and mixed. */
export function paypalSecretFlaw(value: string): string | undefined {
  const [webhookId = ''] = value.split('\n');
  return /^[0-9A-Z]{10,30}$/.test(webhookId.trim())
    ? undefined
    : 'is not the id of a webhook, which is 17 capitals and digits (a client id or secret is another thing)';
}
