import { createPrivateKey, createPublicKey, createSign } from 'node:crypto';

import { EventWebhook } from '@sendgrid/eventwebhook';
import fc from 'fast-check';

import {
  describeOracle,
  isChangedAsText,
  oracleMessages,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
import { sendgrid } from './index.ts';
import { sendgridScheme } from './verify.ts';

const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);
const tolerance = 600;

const privateKey = createPrivateKey({
  key: Buffer.from(sendgrid.secrets.generate(), 'base64'),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
const library = new EventWebhook();
const libraryKey = library.convertPublicKeyToECDSA(publicKey);
const outcomeOf = outcomesOf(sendgridScheme({ toleranceSeconds: tolerance }), publicKey, nowMs);

interface Case {
  readonly signature: string;
  readonly time: string;
  readonly body: Uint8Array;
}

function ours({ signature, time, body }: Case): Outcome {
  const headers = [
    ['x-twilio-email-event-webhook-signature', signature],
    ['x-twilio-email-event-webhook-timestamp', time],
  ] as const;
  return outcomeOf({ headers, body });
}

function theirs({ signature, time, body }: Case): boolean {
  try {
    return library.verifySignature(libraryKey, Buffer.from(body), signature, time);
  } catch {
    // It throws at what is no base64 or no DER.
    return false;
  }
}

function signatureOf(time: string, body: Uint8Array): string {
  return createSign('sha256').update(time).update(body).sign(privateKey).toString('base64');
}

const json = Buffer.from('[{"event":"open"}]\r\n');
const now = String(nowSeconds);

const cases: fc.Arbitrary<Case> = fc
  .record({
    message: oracleMessages(oracleTimes(nowSeconds, tolerance)),
    write: fc.constantFrom<((signature: string) => string)[]>(
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => Buffer.from(signature, 'base64').toString('base64url'),
      (signature) => Buffer.from(signature, 'base64').toString('hex'),
      (signature) => `${signature} `,
      (signature) => signature.replace(/=*$/, ''),
      (signature) => signature.slice(0, -8),
      (signature) => Buffer.concat([Buffer.from(signature, 'base64'), Buffer.from([0])]).toString('base64'),
      () => '',
      () => 'MAA=',
      () => 'é',
    ),
  })
  .map(({ message: { time, body, signed }, write }) => {
    return { signature: write(signatureOf(signed.time, signed.body)), time, body };
  });

describeOracle<Case>({
  library: '@sendgrid/eventwebhook',
  ours,
  theirs,
  cases,
  // Its arithmetic is written in JavaScript: some 10 ms each.
  runs: 200,
  differences: {
    'the library looks at no clock; we refuse what is older or newer than SendGrid repeats': {
      explains: (_subject, outcome) => outcome === 'timestamp_expired' || outcome === 'timestamp_in_future',
      example: {
        signature: signatureOf(String(nowSeconds - tolerance - 1), json),
        time: String(nowSeconds - tolerance - 1),
        body: json,
      },
    },
    'the library signs whatever stands for a time; we want a plain decimal number': {
      explains: ({ time }) => !/^[1-9][0-9]{0,14}$/.test(time),
      example: { signature: signatureOf(`${now}.0`, json), time: `${now}.0`, body: json },
    },
    'the library reads base64 in any spelling; we take the one canonical form': {
      explains: ({ signature }) => Buffer.from(signature, 'base64').toString('base64') !== signature,
      example: { signature: `${signatureOf(now, json)} `, time: now, body: json },
    },
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { signature: signatureOf(now, Buffer.from([0xff, 0xfe])), time: now, body: Buffer.from([0xff, 0xfe]) },
    },
  },
});
