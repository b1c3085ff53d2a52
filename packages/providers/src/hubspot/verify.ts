import type { ReceivedRequest } from '../contract/request.ts';
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
  message: signedParts,
  alsoSigned: { url: true },
});

/**
 * Nothing separates the URI from the body, so the end of a query could pass for the beginning of the body, and the other
 * way round. Bodies are JSON, and no query has the marks with which that begins: then there is one reading only.
 */
function signedParts(
  { method, publicUrl, body }: ReceivedRequest,
  timestamp: string,
): readonly (string | Uint8Array)[] | string {
  const begins = body[hasMark(body) ? byteOrderMark.length : 0];
  if (begins !== undefined && begins !== bracket && begins !== brace) return 'the body does not begin with "[" or "{"';
  if (/\?.*[[{]/.test(publicUrl)) return 'the query has a "[" or "{", which HubSpot would write as %5B or %7B';
  return [method, signedUri(publicUrl), body, timestamp];
}

/** No target of a request has bytes beyond ASCII, so a mark in front cannot have come from a query. */
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

function hasMark(body: Uint8Array): boolean {
  return byteOrderMark.every((byte, at) => body[at] === byte);
}

const bracket = 0x5b;
const brace = 0x7b;

function signedUri(url: string): string {
  return url.replace(decoded, (escape) => decodeURIComponent(escape));
}
