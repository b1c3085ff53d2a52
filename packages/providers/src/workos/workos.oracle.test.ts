import { createHmac } from 'node:crypto';

import { WorkOS } from '@workos-inc/node';
import fc from 'fast-check';

import {
  describeOracle,
  isChangedAsText,
  oracleMessages,
  oracleTimes,
  outcomesOf,
  type Outcome,
} from '../testing/oracle-cases.ts';
import { workosScheme } from './verify.ts';

const { webhooks } = new WorkOS('sk_test_oracle', { clientId: 'client_oracle' });
const secret = 'oracle_0123456789abcdef';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const outcomeOf = outcomesOf(workosScheme, secret, nowMs);

interface Case {
  readonly header: string;
  readonly body: Uint8Array;
}

function ours({ header, body }: Case): Outcome {
  return outcomeOf({ headers: [['workos-signature', header]], body });
}

/** With the bytes as received: given a parsed body, the library would write it again and sign that. */
async function theirs({ header, body }: Case): Promise<boolean> {
  try {
    return await webhooks.verifyHeader({ payload: body, sigHeader: header, secret });
  } catch {
    return false;
  }
}

function signature(time: string | number, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
}

const json = Buffer.from('{"id":"event_1","event":"user.created"}');
const notText = Buffer.from([0xff, 0xfe]);

type Write = (time: string, signed: string) => string;
const writings: readonly Write[] = [
  (time, signed) => `t=${time}, v1=${signed}`,
  (time, signed) => `t=${time}, v1=${signed}`,
  (time, signed) => `t=${time}, v1=${signed}`,
  (time, signed) => `t=${time},v1=${signed}`,
  (time, signed) => `v1=${signed}, t=${time}`,
  (time, signed) => `t=${time}, v0=${signed}`,
  (time, signed) => `t=${time}, v1=${'0'.repeat(64)}, v1=${signed}`,
  (time, signed) => `t=${time}, v1=${signed}, v1=${'0'.repeat(64)}`,
  (time, signed) => `t=${time}, v1=${signed.toUpperCase()}`,
  (time, signed) => `t=${time}, v1=${signed}=`,
  (time, signed) => `t=${time}, v1=${signed.slice(0, -1)}`,
  (time) => `t=${time}, v1=`,
  (time) => `t=${time}`,
  (_time, signed) => signed,
  () => ',',
];

const cases: fc.Arbitrary<Case> = fc
  .record({ message: oracleMessages(oracleTimes(nowMs, 180_000)), write: fc.constantFrom(...writings) })
  .map(({ message: { time, body, signed }, write }) => {
    return { header: write(time, signature(signed.time, signed.body)), body };
  });

describeOracle<Case>({
  library: '@workos-inc/node',
  ours,
  theirs,
  cases,
  runs: 1_000,
  clockMs: nowMs,
  differences: {
    'the library looks at the age only; we refuse the future, too': {
      explains: (_subject, outcome) => outcome === 'timestamp_in_future',
      example: { header: `t=${nowMs + 180_001}, v1=${signature(nowMs + 180_001, json)}`, body: json },
    },
    'the library reads the time with parseInt, or not at all; we want a plain decimal number': {
      explains: ({ header }, outcome) => outcome === 'malformed_header' && !/t=[1-9][0-9]{0,14}(, |$)/.test(header),
      example: { header: `t=Infinity, v1=${signature('Infinity', json)}`, body: json },
    },
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { header: `t=${nowMs}, v1=${signature(nowMs, notText)}`, body: notText },
    },
    'the library takes the first item for the time and the second for the signature, whatever their names; we want t= and v1=':
      {
        explains: ({ header }, outcome) =>
          ['malformed_header', 'unsupported_version'].includes(outcome) && !/^t=[^,]*, v1=[^,]*$/.test(header),
        example: { header: `t=${nowMs}, v0=${signature(nowMs, json)}`, body: json },
      },
    'the library takes the second item only; we take every v1': {
      explains: ({ header }, outcome) => outcome === 'accepted' && header.split(',').length > 2,
      example: { header: `t=${nowMs}, v1=${'0'.repeat(64)}, v1=${signature(nowMs, json)}`, body: json },
    },
    'the library takes items in this order only; we take any': {
      explains: ({ header }, outcome) => outcome === 'accepted' && header.startsWith('v1='),
      example: { header: `v1=${signature(nowMs, json)}, t=${nowMs}`, body: json },
    },
    'the library cuts a signature at a second "="; we compare all of it': {
      explains: ({ header }) => /v1=[^,]*=/.test(header),
      example: { header: `t=${nowMs}, v1=${signature(nowMs, json)}=`, body: json },
    },
  },
});
