import '@shopify/shopify-api/adapters/web-api';
import { createHmac } from 'node:crypto';

import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { describeOracle, isChangedAsText, oracleBodies, outcomesOf, type Outcome } from '../testing/oracle-cases.ts';
import { shopifyScheme } from './verify.ts';

const secret = 'shpss_0123456789abcdef0123456789abcdef';
const library = shopifyApi({
  apiKey: 'key',
  apiSecretKey: secret,
  apiVersion: ApiVersion.January26,
  hostName: 'app.example.com',
  isEmbeddedApp: false,
  logger: { level: LogSeverity.Error, log: () => undefined },
});
const outcomeOf = outcomesOf(shopifyScheme, secret, 0);
const classic = 'X-Shopify-Hmac-Sha256';
const newer = 'shopify-hmac-sha256';

interface Case {
  /** Signatures by the name of their header, in order. */
  readonly signatures: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Shopify always sends these, and the library wants them. */
const others = ['topic', 'shop-domain', 'api-version', 'webhook-id'].flatMap((name) =>
  ['X-Shopify-', 'shopify-'].map((prefix) => [`${prefix}${name}`, 'x'] as const),
);

function ours({ signatures, body }: Case): Outcome {
  return outcomeOf({ headers: [...others, ...signatures], body });
}

async function theirs({ signatures, body }: Case): Promise<boolean> {
  const headers = new Headers([...others, ...signatures].map(([name, value]): [string, string] => [name, value]));
  const rawRequest = new Request('https://hooks.example.com/hooks/src_shopify', { method: 'POST', headers });
  const { valid } = await library.webhooks.validate({ rawBody: Buffer.from(body).toString('utf8'), rawRequest });
  return valid;
}

function signature(body: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

const json = Buffer.from('{"id":8209829119461}');
const notText = Buffer.from([0xff, 0xfe]);

const writings: readonly ((signed: string) => string)[] = [
  (signed) => signed,
  (signed) => signed,
  (signed) => signed,
  (signed) => signed.replace('=', ''),
  (signed) => signed.toLowerCase(),
  (signed) => signed.replaceAll('+', '-').replaceAll('/', '_'),
  (signed) => Buffer.from(signed, 'base64').toString('hex'),
  (signed) => ` ${signed}`,
  (signed) => `${signed},${signed}`,
  (signed) => `sha256=${signed}`,
  () => '',
  () => 'é',
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    body: oracleBodies,
    names: fc.constantFrom([classic], [classic], [newer], [newer, classic], []),
    write: fc.constantFrom(...writings),
    second: fc.constantFrom(...writings),
    tamper: fc.constantFrom(false, false, false, true),
  })
  .map(({ body, names, write, second, tamper }) => {
    const signed = signature(tamper ? Buffer.concat([body, Buffer.from(' ')]) : body);
    return { body, signatures: names.map((name, index) => [name, (index === 0 ? write : second)(signed)] as const) };
  });

describeOracle<Case>({
  library: '@shopify/shopify-api',
  ours,
  theirs,
  cases,
  runs: 500,
  differences: {
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { signatures: [[classic, signature(notText)]], body: notText },
    },
    'with both families of headers the library looks at the newer one only; both have to be right': {
      explains: ({ signatures }, outcome) =>
        outcome !== 'accepted' && new Set(signatures.map(([name]) => name)).size > 1,
      example: {
        signatures: [
          [newer, signature(json)],
          [classic, 'AAAA'],
        ],
        body: json,
      },
    },
    'the library is given headers without blanks around them; we compare what was sent': {
      explains: ({ signatures }, outcome) =>
        outcome === 'signature_mismatch' && signatures.some(([, value]) => value.trim() !== value),
      example: { signatures: [[classic, ` ${signature(json)}`]], body: json },
    },
    'a header that is there and empty is absent to the library; to us its family is there and wrong': {
      explains: ({ signatures }, outcome) =>
        outcome === 'missing_header' && signatures.some(([, value]) => value === ''),
      example: {
        signatures: [
          [newer, ''],
          [classic, signature(json)],
        ],
        body: json,
      },
    },
  },
});

describe('the library @shopify/shopify-api', () => {
  it('refuses an empty body, as we do', async () => {
    const subject: Case = { signatures: [[classic, signature(Buffer.from(''))]], body: Buffer.from('') };

    expect([ours(subject), await theirs(subject)]).toEqual(['signature_mismatch', false]);
  });
});
