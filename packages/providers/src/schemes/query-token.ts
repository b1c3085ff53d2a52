import { maxHeaderBytes, type ReceivedRequest } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { matchingSecret, type Scheme } from './scheme.ts';

/**
 * Family I for senders that can be given nothing but a URL: the secret is a parameter of its query. It is as secret as
 * the places where URLs are written down; nothing of Trunkline logs or archives its value.
 */
export interface QueryToken {
  readonly parameter: string;
}

export function queryToken({ parameter }: QueryToken): Scheme {
  return {
    coverage: { credentialHeaders: [], credentialParameters: [parameter], body: 'none', url: false },
    verify: (request, secrets, nowMs): Verdict => {
      const token = tokenOf(request, parameter);
      if (typeof token !== 'string') return token;
      const match = matchingSecret(liveSecrets(secrets, nowMs), [token], (secret) => secret.reveal());
      if (match !== undefined) return { accepted: true, secretIndex: match };
      return rejected('token_mismatch', `the parameter ${parameter} is not a secret of this source`);
    },
    sign: (request: ReceivedRequest, secret: Secret): ReceivedRequest => ({
      ...request,
      target: withParameter(request.target, parameter, secret.reveal()),
      publicUrl: withParameter(request.publicUrl, parameter, secret.reveal()),
    }),
  };
}

function tokenOf({ target }: ReceivedRequest, parameter: string): string | Rejected {
  const at = target.indexOf('?');
  const query = at === -1 ? '' : target.slice(at + 1);
  // Escaped, a character may take nine.
  if (query.length > 9 * maxHeaderBytes) return rejected('malformed_header', 'the query is overlong');
  const values = new URLSearchParams(query).getAll(parameter);
  const [value = ''] = values;
  if (values.length > 1) return rejected('malformed_header', `the parameter ${parameter} occurs more than once`);
  if (value === '') return rejected('missing_header', `the URL has no parameter ${parameter}, or an empty one`);
  if (value.length > maxHeaderBytes || !/^[\x20-\x7e]+$/.test(value)) {
    return rejected('malformed_header', `the parameter ${parameter} is overlong or not printable ASCII`);
  }
  return value;
}

/** The URL with the parameter set: every earlier one of that name is gone. */
function withParameter(url: string, name: string, value: string): string {
  const at = url.indexOf('?');
  const parameters = new URLSearchParams(at === -1 ? '' : url.slice(at + 1));
  parameters.set(name, value);
  return `${at === -1 ? url : url.slice(0, at)}?${parameters.toString()}`;
}
