import { createHmac } from 'node:crypto';

import { isValidSlackRequest } from '@slack/bolt';
import fc from 'fast-check';

import {
  describeOracle,
  isChangedAsText,
  oracleMessages,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
import { slackScheme } from './verify.ts';

const secret = '0123456789abcdef0123456789abcdef';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);
const outcomeOf = outcomesOf(slackScheme, secret, nowMs);

interface Case {
  readonly signature: string;
  readonly time: string;
  readonly body: Uint8Array;
}

function ours({ signature, time, body }: Case): Outcome {
  const headers = [
    ['x-slack-signature', signature],
    ['x-slack-request-timestamp', time],
  ] as const;
  return outcomeOf({ headers, body });
}

function theirs({ signature, time, body }: Case): boolean {
  return isValidSlackRequest({
    signingSecret: secret,
    body: Buffer.from(body).toString('utf8'),
    // Its type says number; its receivers pass what the header says.
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': time as unknown as number },
    nowMilliseconds: nowMs,
  });
}

function signatureOf(time: string, body: Uint8Array): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')}`;
}

const json = Buffer.from('{"type":"event_callback"}');
const now = String(nowSeconds);

const cases: fc.Arbitrary<Case> = fc
  .record({
    message: oracleMessages(oracleTimes(nowSeconds, 300)),
    write: fc.constantFrom<((signature: string) => string)[]>(
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => signature.replace('v0=', 'v1='),
      (signature) => signature.slice(3),
      (signature) => signature.toUpperCase(),
      (signature) => `${signature}=`,
      (signature) => `${signature} `,
      (signature) => signature.slice(0, -1),
      (signature) => `${signature},${signature}`,
      () => 'v0=',
      () => '',
      () => 'é',
    ),
  })
  .map(({ message: { time, body, signed }, write }) => {
    return { signature: write(signatureOf(signed.time, signed.body)), time, body };
  });

describeOracle<Case>({
  library: '@slack/bolt',
  ours,
  theirs,
  cases,
  runs: 1_500,
  differences: {
    'the library looks at the age only; we refuse the future, too': {
      explains: (_subject, outcome) => outcome === 'timestamp_in_future',
      example: {
        signature: signatureOf(String(nowSeconds + 301), json),
        time: String(nowSeconds + 301),
        body: json,
      },
    },
    'the library compares whatever stands for a time; we want a plain decimal number': {
      explains: ({ time }) => !/^[1-9][0-9]{0,14}$/.test(time),
      example: { signature: signatureOf(`${now}.0`, json), time: `${now}.0`, body: json },
    },
    'the library cuts a signature at a second "="; we compare all of it': {
      explains: ({ signature }) => /^v0=[^=]*=/.test(signature),
      example: { signature: `${signatureOf(now, json)}=`, time: now, body: json },
    },
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { signature: signatureOf(now, Buffer.from([0xff, 0xfe])), time: now, body: Buffer.from([0xff, 0xfe]) },
    },
  },
});
