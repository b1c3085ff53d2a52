import { generateKeyPairSync, sign } from 'node:crypto';

import fc from 'fast-check';
import Telnyx from 'telnyx';

import {
  describeOracle,
  isChangedAsText,
  oracleMessages,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
import { telnyxScheme } from './verify.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
const { webhooks: library } = new Telnyx({ apiKey: 'KEY_oracle', publicKey: key });
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);
const outcomeOf = outcomesOf(telnyxScheme, key, nowMs);

interface Case {
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

function ours({ timestamp, signature, body }: Case): Outcome {
  const headers = [
    ['Telnyx-Signature-Ed25519', signature],
    ['Telnyx-Timestamp', timestamp],
  ] as const;
  return outcomeOf({ headers, body });
}

async function theirs({ timestamp, signature, body }: Case): Promise<boolean> {
  const headers = { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': timestamp };
  try {
    await library.unwrap(Buffer.from(body).toString('utf8'), { headers });
    return true;
  } catch (error) {
    // It reads the JSON once the signature is proven.
    if (error instanceof SyntaxError) return true;
    if (error instanceof Error && error.name === 'TelnyxWebhookVerificationError') return false;
    throw error;
  }
}

function signatureOf(timestamp: string | number, body: Uint8Array): string {
  return sign(null, Buffer.concat([Buffer.from(`${timestamp}|`), body]), privateKey).toString('base64');
}

/** The last character but the padding, with its spare bits set. */
function respelled(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = alphabet.indexOf(signature.charAt(85));
  return `${signature.slice(0, 85)}${alphabet.charAt(last + 1)}==`;
}

const json = Buffer.from('{"data":{}}');
const notText = Buffer.from([0xff]);

const writings: readonly ((signed: string) => string)[] = [
  ...Array.from({ length: 8 }, () => (signed: string) => signed),
  (signed) => signed.replace(/==$/, ''),
  (signed) => signed.replaceAll('+', '-').replaceAll('/', '_'),
  (signed) => ` ${signed}`,
  (signed) => signed.slice(0, 40),
  (signed) => Buffer.from(signed, 'base64').toString('hex'),
  respelled,
  () => '',
  () => 'A'.repeat(86) + '==',
];

const cases: fc.Arbitrary<Case> = fc
  .record({ message: oracleMessages(oracleTimes(nowSeconds, 300)), write: fc.constantFrom(...writings) })
  .map(({ message: { time, body, signed }, write }) => {
    return { timestamp: time, body, signature: write(signatureOf(signed.time, signed.body)) };
  });

describeOracle<Case>({
  library: 'telnyx',
  ours,
  theirs,
  cases,
  runs: 1_000,
  clockMs: nowMs,
  differences: {
    'the library takes leading zeros in the time; we want a plain decimal number': {
      explains: ({ timestamp }, outcome) => outcome === 'malformed_header' && timestamp.startsWith('0'),
      example: { timestamp: `0${nowSeconds}`, signature: signatureOf(`0${nowSeconds}`, json), body: json },
    },
    'the library takes spare bits at the end of base64; we take one spelling': {
      explains: ({ signature }, outcome) =>
        outcome === 'malformed_header' && Buffer.from(signature, 'base64').toString('base64') !== signature,
      example: { timestamp: String(nowSeconds), signature: respelled(signatureOf(nowSeconds, json)), body: json },
    },
    'the library verifies text, so it replaces what is not UTF-8; we verify the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { timestamp: String(nowSeconds), signature: signatureOf(nowSeconds, notText), body: notText },
    },
  },
});
