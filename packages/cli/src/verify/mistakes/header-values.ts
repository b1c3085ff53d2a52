import type { ReceivedRequest } from '@trunkline/providers';

import type { Attempt, Mistake } from './mistake.ts';

/** The value of a credential header was changed on its way: quoted, padded, joined or repeated. */
export const headerValues: Mistake = {
  name: 'header_values',
  action: 'let the proxy and the log leave header values as they are',
  steps: ['malformed_header', 'signature_mismatch', 'token_mismatch', 'unsupported_version'],
  *attempts({ request, coverage }): Iterable<Attempt> {
    for (const name of coverage.credentialHeaders) {
      const values = valuesOf(request, name);
      const [first = ''] = values;
      if (values.length > 1) {
        for (const [index, value] of values.entries()) {
          yield {
            would: `${name} occurred once, with its value number ${index + 1}`,
            request: withValue(request, name, value),
          };
        }
        yield {
          would: `the ${values.length} headers ${name} were one`,
          request: withValue(request, name, values.join(',')),
        };
        continue;
      }
      for (const [changed, words] of [
        [first.trim(), 'no white space around it'],
        [first.replace(/^(["'])(.*)\1$/, '$2'), 'no quotes around it'],
        [first.replaceAll(/\s*,\s*/g, ','), 'no blanks at its commas'],
        [first.replaceAll(/\s*,\s*/g, ', '), 'a blank after each comma'],
        [decoded(first), 'a value that is not URL-encoded'],
        [first.toLowerCase(), 'a value in lower case'],
      ] as const) {
        if (changed !== first) yield { would: `${name} had ${words}`, request: withValue(request, name, changed) };
      }
    }
  },
};

function valuesOf(request: ReceivedRequest, name: string): readonly string[] {
  return request.headers.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function withValue(request: ReceivedRequest, name: string, value: string): ReceivedRequest {
  const others = request.headers.filter(([given]) => given.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: [...others, [name, value]] };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // A stray percent sign: then it was not encoded.
  }
}
