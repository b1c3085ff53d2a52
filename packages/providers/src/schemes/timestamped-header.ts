import type { ReceivedRequest } from '../contract/request.ts';
import { withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import {
  credentialOf,
  type DigestEncoding,
  type HmacAlgorithm,
  hmacText,
  matchingSignature,
  maxSignatures,
  type Scheme,
  signatureVerdict,
} from './scheme.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Family A: one header with a time and its signatures, `t=<time>,v1=<hex>[,v1=<hex>…]`; the HMAC is over a text of time
 * and body. Stripe, Calendly, WorkOS (milliseconds, a blank after the comma), and payment gateways that write it with
 * other names, separators and encodings (`ts=…;h1=…` of Paddle).
 */
export interface TimestampedHeader extends TimestampRule {
  readonly header: string;
  /** Between the items, exactly: `,` or `, ` or `;`. */
  readonly separator: string;
  /** The name of the item with the time. Without it `t`. */
  readonly timeName?: string;
  /** The one signature version that counts. Items of any other (Stripe's v0) are skipped: no downgrade. */
  readonly version: string;
  /** Without it `sha256`. */
  readonly algorithm?: HmacAlgorithm;
  /** Without it `hex`. */
  readonly encoding?: DigestEncoding;
  /** What is signed, as for HeaderHmac. Without it `<time>.<raw body>`. */
  readonly message?: (request: ReceivedRequest, timestamp: string) => readonly (string | Uint8Array)[] | string;
  /** Headers that `message` signs as well. */
  readonly signedHeaders?: readonly string[];
}

/** Family A's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface TimestampedHeaderScheme extends Scheme {
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
}

export function timestampedHeader(config: TimestampedHeader): TimestampedHeaderScheme {
  const { timeName = 't', algorithm = 'sha256', encoding = 'hex', signedHeaders = [] } = config;
  const messageOf = config.message ?? ((request, timestamp) => [timestamp, '.', request.body]);
  const signature = (secret: Secret, message: readonly (string | Uint8Array)[]): string =>
    hmacText({ algorithm, encoding }, secret.reveal(), message);

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const message = messageOf(request, timestamp);
    // A request that cannot be signed by the rules is signed as far as it can be: verify refuses it, as it should.
    const signed = signature(secret, typeof message === 'string' ? [] : message);
    const items = [`${timeName}=${timestamp}`, `${config.version}=${signed}`];
    return withHeader(request, config.header, items.join(config.separator));
  };

  return {
    coverage: {
      credentialHeaders: [config.header, ...signedHeaders],
      body: 'all',
      url: false,
      timestamp: { toleranceMs: config.toleranceMs },
    },
    signAt,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, config.unit)),
    verify: (request, secrets, nowMs): Verdict => {
      const items = readItems(request, { ...config, timeName });
      if ('accepted' in items) return items;
      const message = messageOf(request, items.timestamp);
      if (typeof message === 'string') return rejected('malformed_header', message);
      const live = liveSecrets(secrets, nowMs);
      const match = matchingSignature(live, items.signatures, (secret) => signature(secret, message));
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

type HeaderForm = Pick<Required<TimestampedHeader>, 'header' | 'separator' | 'timeName' | 'version'>;

function readItems(request: ReceivedRequest, form: HeaderForm): Items | Rejected {
  const { header, separator, timeName, version } = form;
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const items = credential.value.split(separator);
  if (separator === ' ' && items.includes(''))
    return rejected('malformed_header', `the ${header} header has a blank too many`);
  const pairs = items.map(nameAndValue);
  const timestamps = pairs.filter(([name]) => name === timeName).map(([, value]) => value);
  const signatures = pairs.filter(([name]) => name === version).map(([, value]) => value);

  const [timestamp] = timestamps;
  if (timestamp === undefined || timestamps.length > 1) {
    return rejected('malformed_header', `the ${header} header needs exactly one ${timeName}=`);
  }
  const time = readTimestamp(timestamp);
  if (time === undefined)
    return rejected('malformed_header', `${timeName}= in ${header} is not a plain decimal number`);
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
