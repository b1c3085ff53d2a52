import { createHash, createHmac } from 'node:crypto';

import type { SignatureCoverage } from '../contract/coverage.ts';
import {
  type FormParameters,
  groupedParameters,
  isFormType,
  maxSignedFormBytes,
  readFormBody,
  readQuery,
} from '../contract/form-body.ts';
import { maxHeaderBytes, type ReceivedRequest, singleHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { matchingSignature, type Scheme, signatureVerdict } from './scheme.ts';

/**
 * Family H in a form: one parameter is the signature of all others, sorted by name and written as `&name=value`, with
 * `_` for every `&` and `=` of a value. Vonage's SMS API. The parameters of a GET are in its query, those of a POST in its
 * form; a body of another kind has no agreed text, so it is refused.
 */
export interface SignedParameters {
  readonly parameter: string;
  /** `md5hash` is the MD5 of text and secret, which the sender still offers; the others are HMACs. */
  readonly method: SignatureMethod;
}

export type SignatureMethod = 'md5hash' | 'md5' | 'sha1' | 'sha256' | 'sha512';

export function signedParameters(config: SignedParameters): Scheme {
  const { parameter, method } = config;

  const verify = (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const parameters = parametersOf(request);
    if ('accepted' in parameters) return parameters;
    const groups = groupedParameters(parameters.all);
    const signature = credentialIn(groups.get(parameter), parameter);
    if ('accepted' in signature) return signature;
    if ([...groups.values()].some((values) => values.length > 1)) {
      return rejected('malformed_header', 'a parameter occurs more than once, so nobody can say which one is signed');
    }
    if (parameters.all.some(([name]) => /[&=]/.test(name))) {
      return rejected('malformed_header', 'a name holds "&" or "=", so it could be read as several parameters');
    }
    const text = signedText(parameters.all, parameter);
    const match = matchingSignature(liveSecrets(secrets, nowMs), [signature.value.toLowerCase()], (secret) =>
      digestOf(method, secret, text),
    );
    return signatureVerdict(match, parameter);
  };

  const sign = (request: ReceivedRequest, secret: Secret): ReceivedRequest => {
    const parameters = parametersOf(request);
    // What has no place for a signature stays as it is: verify refuses it, as it should.
    if ('accepted' in parameters) return request;
    const others = parameters.all.filter(([name]) => name !== parameter);
    const signed = [...others, [parameter, digestOf(method, secret, signedText(others, parameter))] as const];
    return withParameters(request, signed);
  };

  const coverage: SignatureCoverage = {
    credentialHeaders: [],
    bodyCredentials: [parameter],
    body: 'all_but',
    notProven: ['Whether a "_" of a value was "&" or "=": all three are signed as "_".'],
    url: false,
  };
  return { coverage, verify, sign };
}

function parametersOf(request: ReceivedRequest): { readonly all: FormParameters } | Rejected {
  const isGet = request.method === 'GET';
  if (isGet && request.body.length > 0) return rejected('body_hash_mismatch', 'no signature covers the body of a GET');
  if (!isGet && !isFormType(singleHeader(request, 'content-type'))) {
    return rejected('body_hash_mismatch', 'the body is no form; choose GET or POST, not POST with JSON, at the sender');
  }
  if (!isGet && request.body.length > maxSignedFormBytes) {
    return rejected(
      'signature_mismatch',
      `the form is longer than ${maxSignedFormBytes} bytes, which no honest one is`,
    );
  }
  const form = isGet ? readQuery(request.target) : readFormBody(request.body);
  return form.readable ? { all: form.parameters } : rejected('signature_mismatch', form.reason);
}

/** The same refusals as for a header that carries a signature. */
function credentialIn(values: readonly string[] | undefined, name: string): { readonly value: string } | Rejected {
  const [value] = values ?? [];
  if (value === undefined || value === '') return rejected('missing_header', `there is no parameter ${name}`);
  if (value.length > maxHeaderBytes) {
    return rejected('malformed_header', `the parameter ${name} is longer than ${maxHeaderBytes} bytes`);
  }
  if (!/^[\x20-\x7e]+$/.test(value)) {
    return rejected('malformed_header', `the parameter ${name} has characters outside of printable ASCII`);
  }
  return { value };
}

function signedText(parameters: FormParameters, signature: string): string {
  const others = parameters.filter(([name]) => name !== signature);
  const sorted = [...others].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([name, value]) => `&${name}=${value.replaceAll(/[&=]/g, '_')}`).join('');
}

function digestOf(method: SignatureMethod, secret: Secret, text: string): string {
  if (method === 'md5hash') return createHash('md5').update(text).update(secret.reveal()).digest('hex');
  return createHmac(method, secret.reveal()).update(text).digest('hex');
}

function withParameters(request: ReceivedRequest, parameters: FormParameters): ReceivedRequest {
  const text = parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  if (request.method !== 'GET') return { ...request, body: Buffer.from(text) };
  const [path = ''] = request.target.split('?');
  const [url = ''] = request.publicUrl.split('?');
  return { ...request, target: `${path}?${text}`, publicUrl: `${url}?${text}` };
}
