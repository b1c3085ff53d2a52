import type { ReceivedRequest } from '../contract/request.ts';
import { withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { credentialOf, hmac, matchingSecret, maxSignatures, type Scheme, signatureVerdict } from './scheme.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Family A: one header `t=<time>,v1=<hex>[,v1=<hex>…]`, HMAC-SHA256 over `<time>.<raw body>`.
 * Stripe, Calendly, WorkOS (milliseconds, a blank after the comma).
 */
export interface TimestampedHeader extends TimestampRule {
  readonly header: string;
  /** Between the items, exactly: `,` or `, `. */
  readonly separator: string;
  /** The one signature version that counts. Items of any other (Stripe's v0) are skipped: no downgrade. */
  readonly version: string;
}

/** Family A's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface TimestampedHeaderScheme extends Scheme {
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
}

export function timestampedHeader(config: TimestampedHeader): TimestampedHeaderScheme {
  const signature = (secret: Secret, timestamp: string, body: Uint8Array): string =>
    hmac('sha256', secret.reveal(), [timestamp, '.', body]).toString('hex');

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const items = [`t=${timestamp}`, `${config.version}=${signature(secret, timestamp, request.body)}`];
    return withHeader(request, config.header, items.join(config.separator));
  };

  return {
    signAt,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, config.unit)),
    verify: (request, secrets, nowMs): Verdict => {
      const items = readItems(request, config);
      if ('accepted' in items) return items;
      const live = liveSecrets(secrets, nowMs);
      const match = matchingSecret(live, items.signatures, (secret) =>
        signature(secret, items.timestamp, request.body),
      );
      // The signature first: `timestamp_expired` then means authentic but late, which is what an operator wants to know.
      if (match === undefined) return signatureVerdict(match, config.header);
      return staleness(items.time, nowMs, config) ?? signatureVerdict(match, config.header);
    },
  };
}

interface Items {
  readonly timestamp: string;
  readonly time: number;
  readonly signatures: readonly string[];
}

function readItems(request: ReceivedRequest, config: TimestampedHeader): Items | Rejected {
  const { header, separator, version } = config;
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const pairs = credential.value.split(separator).map(nameAndValue);
  const timestamps = pairs.filter(([name]) => name === 't').map(([, value]) => value);
  const signatures = pairs.filter(([name]) => name === version).map(([, value]) => value);

  const [timestamp] = timestamps;
  if (timestamp === undefined || timestamps.length > 1) {
    return rejected('malformed_header', `the ${header} header needs exactly one t=`);
  }
  const time = readTimestamp(timestamp);
  if (time === undefined) return rejected('malformed_header', `t= in ${header} is not a plain decimal number`);
  if (signatures.length === 0) {
    return rejected(
      'unsupported_version',
      `the ${header} header has no ${version}= signature; other versions do not count`,
    );
  }
  if (signatures.length > maxSignatures) {
    return rejected('malformed_header', `the ${header} header has more than ${maxSignatures} ${version}= signatures`);
  }
  return { timestamp, time, signatures };
}

function nameAndValue(item: string): readonly [name: string, value: string] {
  const at = item.indexOf('=');
  return at === -1 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}
