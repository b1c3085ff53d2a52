import { headerHmac, type HeaderHmacScheme } from '../schemes/header-hmac.ts';

/** Characters that HubSpot decodes in the URI before it signs, and no other. */
const decoded = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests, version 3: method, URI with
 * its query, body and time. HubSpot sends the older X-HubSpot-Signature (v1, v2) beside it; both sign less (no time, no
 * HMAC) and do not count here.
 */
export const hubspotScheme: HeaderHmacScheme = headerHmac({
  header: 'X-HubSpot-Signature-v3',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: '',
  timestamp: { header: 'X-HubSpot-Request-Timestamp', unit: 'ms', toleranceMs: 300_000 },
  message: (request, timestamp) => [request.method, signedUri(request.publicUrl), request.body, timestamp],
});

function signedUri(url: string): string {
  return url.replace(decoded, (escape) => decodeURIComponent(escape));
}
