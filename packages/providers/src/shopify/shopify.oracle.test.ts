import '@shopify/shopify-api/adapters/web-api';
import { createHmac } from 'node:crypto';

import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { shopifyScheme } from './verify.ts';

/** The official library as an oracle: on generated requests, hostile ones included, its verdict is ours or the difference is listed. */
const secret = 'shpss_0123456789abcdef0123456789abcdef';
const library = shopifyApi({
  apiKey: 'key',
  apiSecretKey: secret,
  apiVersion: ApiVersion.January26,
  hostName: 'app.example.com',
  isEmbeddedApp: false,
  logger: { level: LogSeverity.Error, log: () => undefined },
});
const classic = 'X-Shopify-Hmac-Sha256';
const newer = 'shopify-hmac-sha256';

interface Case {
  /** Signatures by the name of their header, in order. */
  readonly signatures: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

type Outcome = RejectionStep | 'accepted';

/** Shopify always sends these, and the library wants them. */
const others = ['topic', 'shop-domain', 'api-version', 'webhook-id'].flatMap((name) =>
  ['X-Shopify-', 'shopify-'].map((prefix) => [`${prefix}${name}`, 'x'] as const),
);

function ours({ signatures, body }: Case): Outcome {
  const url = 'https://hooks.example.com/hooks/src_shopify';
  const request = {
    method: 'POST',
    target: '/hooks/src_shopify',
    publicUrl: url,
    headers: [...others, ...signatures],
    body,
  };
  const verdict = shopifyScheme.verify(request, [new Secret(secret)], 0);
  return verdict.accepted ? 'accepted' : verdict.step;
}

async function theirs({ signatures, body }: Case): Promise<boolean> {
  const headers = new Headers([...others, ...signatures].map(([name, value]): [string, string] => [name, value]));
  const rawRequest = new Request('https://hooks.example.com/hooks/src_shopify', { method: 'POST', headers });
  const { valid } = await library.webhooks.validate({ rawBody: Buffer.from(body).toString('utf8'), rawRequest });
  return valid;
}

/** Where the two differ on purpose. Each has an example below that shows the difference, so none can outlive its reason. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': ({ body }) =>
    !Buffer.from(Buffer.from(body).toString('utf8')).equals(body),
  'with both families of headers the library looks at the newer one only; both have to be right': (
    { signatures },
    outcome,
  ) => outcome !== 'accepted' && new Set(signatures.map(([name]) => name)).size > 1,
  'the library is given headers without blanks around them; we compare what was sent': ({ signatures }, outcome) =>
    outcome === 'signature_mismatch' && signatures.some(([, value]) => value.trim() !== value),
  'a header that is there and empty is absent to the library; to us its family is there and wrong': (
    { signatures },
    outcome,
  ) => outcome === 'missing_header' && signatures.some(([, value]) => value === ''),
};

function signature(body: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

const json = Buffer.from('{"id":8209829119461}');
const notText = Buffer.from([0xff, 0xfe]);

const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
    signatures: [[classic, signature(notText)]],
    body: notText,
  },
  'with both families of headers the library looks at the newer one only; both have to be right': {
    signatures: [
      [newer, signature(json)],
      [classic, 'AAAA'],
    ],
    body: json,
  },
  'the library is given headers without blanks around them; we compare what was sent': {
    signatures: [[classic, ` ${signature(json)}`]],
    body: json,
  },
  'a header that is there and empty is absent to the library; to us its family is there and wrong': {
    signatures: [
      [newer, ''],
      [classic, signature(json)],
    ],
    body: json,
  },
};

describe('the official Shopify library', () => {
  it('gives the same verdict on generated requests, or the difference is one of the list', async () => {
    let agreed = 0;
    let bothAccepted = 0;

    await fc.assert(
      fc.asyncProperty(cases, async (subject) => {
        const outcome = ours(subject);
        const accepts = await theirs(subject);
        if ((outcome === 'accepted') === accepts) {
          agreed += 1;
          if (accepts) bothAccepted += 1;
          return;
        }
        const reasons = Object.keys(differences).filter((reason) => differences[reason]?.(subject, outcome) === true);
        expect(reasons, `unlisted: we say ${outcome}, the library ${accepts ? 'accepts' : 'refuses'}`).not.toEqual([]);
      }),
      { numRuns: 500 },
    );

    // The generator must meet both verdicts, or agreeing would say nothing.
    expect(agreed).toBeGreaterThan(200);
    expect(bothAccepted).toBeGreaterThan(10);
  });

  it('refuses an empty body, as we do', async () => {
    const subject: Case = { signatures: [[classic, signature(Buffer.from(''))]], body: Buffer.from('') };

    expect([ours(subject), await theirs(subject)]).toEqual(['signature_mismatch', false]);
  });

  it.for(Object.entries(examples))('really differs: %s', async ([reason, subject]) => {
    const outcome = ours(subject);

    expect(outcome === 'accepted').not.toBe(await theirs(subject));
    expect(differences[reason]?.(subject, outcome)).toBe(true);
  });

  it('names every difference with an example', () => {
    expect(Object.keys(examples).sort()).toEqual(Object.keys(differences).sort());
  });
});

const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff{}'), notText) },
);

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
    body: bodies,
    names: fc.constantFrom([classic], [classic], [newer], [newer, classic], []),
    write: fc.constantFrom(...writings),
    second: fc.constantFrom(...writings),
    tamper: fc.constantFrom(false, false, false, true),
  })
  .map(({ body, names, write, second, tamper }) => {
    const signed = signature(tamper ? Buffer.concat([body, Buffer.from(' ')]) : body);
    return { body, signatures: names.map((name, index) => [name, (index === 0 ? write : second)(signed)] as const) };
  });
