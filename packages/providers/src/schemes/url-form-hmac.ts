import { createHash } from 'node:crypto';
import { parse, stringify } from 'node:querystring';

import type { SignatureCoverage } from '../contract/coverage.ts';
import {
  type FormParameters,
  groupedParameters,
  isFormType,
  maxSignedFormBytes,
  readFormBody,
  readQuery,
} from '../contract/form-body.ts';
import { type ReceivedRequest, singleHeader, withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { credentialOf, hmac, matchingSignature, sameText, type Scheme, signatureVerdict } from './scheme.ts';

/**
 * Family E: HMAC-SHA1 in base64 over the URL as it was configured at the provider, then the form's parameters sorted by
 * name, each as name and value. A body that is no form is covered by its SHA-256 in a query parameter instead, so by
 * the URL. Twilio, and what is compatible with it.
 *
 * Two weaknesses are the scheme's own. Nothing separates a name from its value, so a signature also fits a form
 * whose "=" stands elsewhere; `flawOf` refuses what no honest form has, and normalisers must insist on the ids they
 * need. And no time is signed: only the dedupe by event
 * id stands against a replay.
 */
export interface UrlFormHmac {
  readonly header: string;
  /** The query parameter with the lower-case hex SHA-256 of a body that is no form. */
  readonly bodyHashParameter: string;
  /** Why the provider never sends such a form; undefined for one that it may send. */
  readonly flawOf?: (parameters: FormParameters) => string | undefined;
}

export function urlFormHmac(config: UrlFormHmac): Scheme {
  const signature = (secret: Secret, text: string): string => hmac('sha1', secret.reveal(), [text]).toString('base64');

  const verify = (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const credential = credentialOf(request, config.header);
    if ('accepted' in credential) return credential;
    const covered = coveredBody(request, config);
    if ('accepted' in covered) return covered;
    const live = liveSecrets(secrets, nowMs);
    // Every form is tried for every secret, whichever matches: the work tells nothing.
    const matches = urlForms(request.publicUrl).map((url) =>
      matchingSignature(live, [credential.value], (secret) => signature(secret, url + covered.parameters)),
    );
    const match = matches.find((index) => index !== undefined);
    if (match !== undefined && covered.bodyHash !== undefined && !sameText(covered.bodyHash, sha256(request.body))) {
      return rejected('body_hash_mismatch', `the body does not have the SHA-256 that ${config.bodyHashParameter} says`);
    }
    return signatureVerdict(match, config.header);
  };

  const sign = (request: ReceivedRequest, secret: Secret): ReceivedRequest => {
    const parameters = isFormType(singleHeader(request, 'content-type')) ? formText(request.body) : undefined;
    const needsHash = parameters === undefined && request.body.length > 0;
    const hashed = needsHash ? withBodyHash(request, config.bodyHashParameter) : request;
    return withHeader(hashed, config.header, signature(secret, hashed.publicUrl + (parameters ?? '')));
  };

  const coverage: SignatureCoverage = {
    credentialHeaders: [config.header],
    body: 'all_but',
    notProven: [
      'Where a name of the form ends and its value begins: they are signed one after the other with nothing between, so whoever holds a signed form can move an "=" (Body=hi can become Bod=yhi).',
    ],
    url: true,
  };
  return { coverage, verify, sign };
}

interface CoveredBody {
  /** What follows the URL in the signed text. */
  readonly parameters: string;
  /** What the body's digest must be, where the URL says so. */
  readonly bodyHash?: string;
}

/** How the signature covers the body. A body that nothing covers is refused. */
function coveredBody(request: ReceivedRequest, config: UrlFormHmac): CoveredBody | Rejected {
  const hashes = bodyHashesOf(request.publicUrl, config.bodyHashParameter);
  const [bodyHash] = hashes;
  if (hashes.length > 1) return rejected('malformed_header', `the URL has more than one ${config.bodyHashParameter}`);
  if (bodyHash !== undefined) return { parameters: '', bodyHash };
  if (request.body.length === 0) return { parameters: '' };
  if (!isFormType(singleHeader(request, 'content-type'))) {
    return rejected('body_hash_mismatch', `the body is no form, and the URL has no ${config.bodyHashParameter}`);
  }
  return readForm(request.body, config);
}

function readForm(body: Uint8Array, { flawOf }: UrlFormHmac): CoveredBody | Rejected {
  if (body.length > maxSignedFormBytes) {
    return rejected(
      'signature_mismatch',
      `the form is longer than ${maxSignedFormBytes} bytes, which no honest one is`,
    );
  }
  const form = readFormBody(body);
  if (!form.readable) return rejected('signature_mismatch', 'the body is not a form that could have been signed');
  const flaw = flawOf?.(form.parameters);
  if (flaw !== undefined) return rejected('signature_mismatch', `the provider sends no such form: ${flaw}`);
  return { parameters: textOf(form.parameters) };
}

function bodyHashesOf(url: string, name: string): readonly string[] {
  const query = readQuery(url);
  if (!query.readable) return [];
  return query.parameters.filter(([given]) => given === name).map(([, value]) => value);
}

function formText(body: Uint8Array): string | undefined {
  const form = readFormBody(body);
  return form.readable ? textOf(form.parameters) : undefined;
}

/** Names in the order of their UTF-16 units; a repeated name once for each different value, these sorted, too. */
function textOf(parameters: FormParameters): string {
  const groups = [...groupedParameters(parameters)].sort(([left], [right]) => (left < right ? -1 : 1));
  return groups
    .map(([name, values]) =>
      [...new Set(values)]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
}

function withBodyHash(request: ReceivedRequest, name: string): ReceivedRequest {
  const add = (url: string): string => {
    const [path = '', query = ''] = url.split(/\?(.*)/s);
    const others = query.split('&').filter((piece) => piece !== '' && !piece.startsWith(`${name}=`));
    return `${path}?${[...others, `${name}=${sha256(request.body)}`].join('&')}`;
  };
  return { ...request, target: add(request.target), publicUrl: add(request.publicUrl) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The texts that the sender may have signed for a URL, as the official library tries them: without a port and with one
 * (the given, else the standard one), then both with the query escaped in the ways that older senders escape it.
 */
function urlForms(url: string): readonly string[] {
  const forms = [withoutPort(url), withPort(url)];
  const normal = URL.parse(url)?.href;
  if (normal !== undefined) {
    const normalForms = [withoutPort(normal), withPort(normal)];
    forms.push(...normalForms, ...normalForms.map(withLegacyQuery));
  }
  return [...new Set(forms)];
}

interface UrlParts {
  readonly scheme: string;
  readonly userInfo: string;
  readonly host: string;
  readonly port: string;
  readonly rest: string;
}

/** By hand: an URL object would escape what the provider signed as it was. */
function partsOf(url: string): UrlParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', authority = '', rest = ''] = match;
  const afterUser = authority.lastIndexOf('@') + 1;
  const hostAndPort = authority.slice(afterUser);
  // In an IPv6 address colons stand inside brackets, too.
  const portAt = hostAndPort.indexOf(':', hostAndPort.lastIndexOf(']') + 1);
  const host = portAt === -1 ? hostAndPort : hostAndPort.slice(0, portAt);
  return { scheme, userInfo: authority.slice(0, afterUser), host, port: hostAndPort.slice(host.length), rest };
}

function withoutPort(url: string): string {
  const parts = partsOf(url);
  return parts === undefined ? url : parts.scheme + parts.userInfo + parts.host + parts.rest;
}

function withPort(url: string): string {
  const parts = partsOf(url);
  if (parts === undefined || parts.port !== '') return url;
  const port = parts.scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  return parts.scheme + parts.userInfo + parts.host + port + parts.rest;
}

/** The query as Node's querystring writes it: an apostrophe stays, a blank is %20. */
function withLegacyQuery(url: string): string {
  const at = url.indexOf('?');
  if (at === -1 || at === url.length - 1) return url;
  return `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`;
}
