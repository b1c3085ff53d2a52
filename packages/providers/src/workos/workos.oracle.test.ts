import { createHmac } from 'node:crypto';

import { WorkOS } from '@workos-inc/node';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Secret } from '../contract/secret.ts';
import type { RejectionStep } from '../contract/verdict.ts';
import { workosScheme } from './verify.ts';

/** The official library as an oracle: on generated requests, hostile ones included, its verdict is ours or the difference is listed. */
const { webhooks } = new WorkOS('sk_test_oracle', { clientId: 'client_oracle' });
const secret = 'oracle_0123456789abcdef';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);

interface Case {
  readonly header: string;
  readonly body: Uint8Array;
}

type Outcome = RejectionStep | 'accepted';

function ours({ header, body }: Case): Outcome {
  const request = {
    method: 'POST',
    target: '/hooks/src_workos',
    publicUrl: 'https://hooks.example.com/hooks/src_workos',
    headers: [['workos-signature', header]] as const,
    body,
  };
  const verdict = workosScheme.verify(request, [new Secret(secret)], nowMs);
  return verdict.accepted ? 'accepted' : verdict.step;
}

/** With the bytes as received: given a parsed body, the library would write it again and sign that. */
async function theirs({ header, body }: Case): Promise<boolean> {
  try {
    return await webhooks.verifyHeader({ payload: body, sigHeader: header, secret });
  } catch {
    return false;
  }
}

/** Where the two differ on purpose. Each has an example below that shows the difference, so none can outlive its reason. */
const differences: Readonly<Record<string, (subject: Case, outcome: Outcome) => boolean>> = {
  'the library looks at the age only; we refuse the future, too': (_subject, outcome) =>
    outcome === 'timestamp_in_future',
  'the library reads the time with parseInt, or not at all; we want a plain decimal number': ({ header }, outcome) =>
    outcome === 'malformed_header' && !/t=[1-9][0-9]{0,14}(, |$)/.test(header),
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': ({ body }) =>
    !Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)).equals(body),
  'the library takes the first item for the time and the second for the signature, whatever their names; we want t= and v1=':
    ({ header }, outcome) =>
      ['malformed_header', 'unsupported_version'].includes(outcome) && !/^t=[^,]*, v1=[^,]*$/.test(header),
  'the library takes the second item only; we take every v1': ({ header }, outcome) =>
    outcome === 'accepted' && header.split(',').length > 2,
  'the library takes items in this order only; we take any': ({ header }, outcome) =>
    outcome === 'accepted' && header.startsWith('v1='),
  'the library cuts a signature at a second "="; we compare all of it': ({ header }) => /v1=[^,]*=/.test(header),
};

function signature(time: string | number, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
}

const json = Buffer.from('{"id":"event_1","event":"user.created"}');
const notText = Buffer.from([0xff, 0xfe]);

const examples: Readonly<Record<keyof typeof differences, Case>> = {
  'the library looks at the age only; we refuse the future, too': {
    header: `t=${nowMs + 180_001}, v1=${signature(nowMs + 180_001, json)}`,
    body: json,
  },
  'the library reads the time with parseInt, or not at all; we want a plain decimal number': {
    header: `t=Infinity, v1=${signature('Infinity', json)}`,
    body: json,
  },
  'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
    header: `t=${nowMs}, v1=${signature(nowMs, notText)}`,
    body: notText,
  },
  'the library takes the first item for the time and the second for the signature, whatever their names; we want t= and v1=':
    { header: `t=${nowMs}, v0=${signature(nowMs, json)}`, body: json },
  'the library takes the second item only; we take every v1': {
    header: `t=${nowMs}, v1=${'0'.repeat(64)}, v1=${signature(nowMs, json)}`,
    body: json,
  },
  'the library takes items in this order only; we take any': {
    header: `v1=${signature(nowMs, json)}, t=${nowMs}`,
    body: json,
  },
  'the library cuts a signature at a second "="; we compare all of it': {
    header: `t=${nowMs}, v1=${signature(nowMs, json)}=`,
    body: json,
  },
};

describe('the official WorkOS library', () => {
  beforeAll(() => {
    // Its clock cannot be given, so the clock of the process stands still.
    vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

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
      { numRuns: 1_000 },
    );

    // The generator must meet both verdicts, or agreeing would say nothing.
    expect(agreed).toBeGreaterThan(300);
    expect(bothAccepted).toBeGreaterThan(10);
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

const times: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -180_002, max: 180_002 }).map((skew) => String(nowMs + skew)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '0',
      '-1',
      'Infinity',
      'NaN',
      '1e9',
      ` ${nowMs}`,
      `0${nowMs}`,
      `${nowMs}.0`,
      '1772446530',
    ),
  },
);

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

/** Mostly signed with what is in the header, sometimes with another body or another time. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    body: fc.oneof(
      { weight: 6, arbitrary: fc.json().map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
      { weight: 1, arbitrary: fc.constantFrom(Buffer.from(''), Buffer.from('\ufeff{}'), notText) },
    ),
    time: times,
    write: fc.constantFrom(...writings),
    tamper: fc.constantFrom('no', 'no', 'no', 'body', 'time'),
  })
  .map(({ body, time, write, tamper }) => {
    const signedBody = tamper === 'body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    const signedTime = tamper === 'time' ? `${time}1` : time;
    return { header: write(time, signature(signedTime, signedBody)), body };
  });
