import { createHmac } from 'node:crypto';

import { Signature } from '@hubspot/api-client/lib/src/utils/signature.js';
import fc from 'fast-check';

import {
  describeOracle,
  isChangedAsText,
  oracleBodies,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
import { hubspotScheme } from './verify.ts';

const secret = '1f9d7a5c-0000-4000-8000-0c1e2a3b4d5f';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const outcomeOf = outcomesOf(hubspotScheme, secret, nowMs);

interface Case {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  readonly time: string;
  readonly signature: string;
}

function ours({ method, url, body, time, signature }: Case): Outcome {
  const headers = [
    ['x-hubspot-signature-v3', signature],
    ['x-hubspot-request-timestamp', time],
  ] as const;
  return outcomeOf({ method, publicUrl: url, target: url.slice(url.indexOf('/', 8)), headers, body });
}

/** As its documentation calls it: the header's text as a number, the body as text. */
function theirs({ method, url, body, time, signature }: Case): boolean {
  try {
    return Signature.isValid({
      signatureVersion: 'v3',
      signature,
      clientSecret: secret,
      requestBody: Buffer.from(body).toString('utf8'),
      url,
      method,
      timestamp: Number(time),
    });
  } catch {
    return false;
  }
}

const escape = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/i;

/** Signed as the library signs, over the URL as it is and the body as text. */
function signedCase({ url = 'https://hooks.example.com/hooks/src_hs', ...more }: Partial<Case>): Case {
  const { method = 'POST', body = Buffer.from('[]'), time = String(nowMs) } = more;
  const source = `${method}${url}${Buffer.from(body).toString('utf8')}${time}`;
  return { method, url, body, time, signature: createHmac('sha256', secret).update(source).digest('base64') };
}

type Change = (subject: Case) => Case;
const changes: readonly Change[] = [
  (subject) => ({ ...subject, signature: Buffer.from(subject.signature, 'base64').toString('base64url') }),
  (subject) => ({ ...subject, signature: Buffer.from(subject.signature, 'base64').toString('hex') }),
  (subject) => ({ ...subject, signature: subject.signature.replace(/=+$/, '') }),
  (subject) => ({ ...subject, signature: ` ${subject.signature}` }),
  (subject) => ({ ...subject, signature: subject.signature.toLowerCase() }),
  (subject) => ({ ...subject, signature: '' }),
  (subject) => ({ ...subject, signature: 'é' }),
  (subject) => ({ ...subject, signature: 'a'.repeat(9_000) }),
  (subject) => ({ ...subject, method: 'GET' }),
  (subject) => ({ ...subject, url: subject.url.replace('https', 'http') }),
  (subject) => ({ ...subject, url: `${subject.url}/` }),
  (subject) => ({ ...subject, body: Buffer.concat([subject.body, Buffer.from(' ')]) }),
  (subject) => ({ ...subject, time: String(Number(subject.time) + 1) }),
  (subject) => ({ ...subject, time: `${subject.time}.0` }),
  (subject) => ({ ...subject, time: ` ${subject.time}` }),
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'PUT'),
    url: fc.constantFrom(
      'https://hooks.example.com/hooks/src_hs',
      'https://hooks.example.com:8443/hooks/src_hs?a=1&b=%20%26',
      'https://hooks.example.com/hooks/src_hs?q=%C3%A9&at=a%40b',
    ),
    body: oracleBodies,
    time: oracleTimes(nowMs, 300_000),
  })
  .chain((parts) =>
    fc.oneof(
      fc.constant(signedCase(parts)),
      fc.constantFrom(...changes).map((change) => change(signedCase(parts))),
    ),
  );

describeOracle<Case>({
  library: '@hubspot/api-client',
  ours,
  theirs,
  cases,
  runs: 1_500,
  clockMs: nowMs,
  differences: {
    'the library looks at the age only; we refuse the future, too': {
      explains: (_subject, outcome) => outcome === 'timestamp_in_future',
      example: signedCase({ time: String(nowMs + 300_001) }),
    },
    'the library signs the number that it read; we sign the text, and want a plain decimal number': {
      explains: ({ time }, outcome) => outcome !== 'accepted' && !/^[1-9][0-9]{0,14}$/.test(time),
      example: { ...signedCase({}), time: `0${nowMs}` },
    },
    'the library takes the URL as it is; we decode the escapes that HubSpot decodes': {
      explains: ({ url }) => escape.test(url),
      example: signedCase({ url: 'https://hooks.example.com/hooks/src_hs?back=https%3A%2F%2Fexample.com' }),
    },
    'a body that does not begin as JSON could have begun in the query; we refuse it': {
      explains: ({ body }, outcome) =>
        outcome === 'malformed_header' && body.length > 0 && !/^[[{]/.test(Buffer.from(body).toString('latin1')),
      example: signedCase({ body: Buffer.from('"text"') }),
    },
    'a query with a bracket could have taken it from the body; we refuse it': {
      explains: ({ url }, outcome) => outcome === 'malformed_header' && /[?].*[[{]/.test(url),
      example: signedCase({ url: 'https://hooks.example.com/hooks/src_hs?a=[', body: Buffer.from('{}') }),
    },
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: signedCase({ body: Buffer.from('["\xff"]', 'latin1') }),
    },
  },
});
