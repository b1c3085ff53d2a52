import { createHmac } from 'node:crypto';

import { verify } from '@octokit/webhooks-methods';
import fc from 'fast-check';

import { describeOracle, isChangedAsText, oracleBodies, outcomesOf, type Outcome } from '../testing/oracle-cases.ts';
import { githubScheme } from './verify.ts';

const secret = 'a secret of the oracle';
const outcomeOf = outcomesOf(githubScheme, secret, 0);

interface Case {
  readonly signature: string;
  readonly body: Uint8Array;
}

function ours({ signature, body }: Case): Outcome {
  return outcomeOf({ headers: [['x-hub-signature-256', signature]], body });
}

async function theirs({ signature, body }: Case): Promise<boolean> {
  try {
    return await verify(secret, Buffer.from(body).toString('utf8'), signature);
  } catch (error) {
    // It throws at an empty body or signature.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function signatureOf(body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    body: oracleBodies,
    write: fc.constantFrom<((signature: string, body: Uint8Array) => string)[]>(
      (signature) => signature,
      (signature) => signature,
      (signature) => signature,
      (signature) => signature.replace('sha256=', 'sha1='),
      (_signature, body) => `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
      (signature) => signature.replace('sha256=', ''),
      (signature) => signature.toUpperCase(),
      (signature) => ` ${signature}`,
      (signature) => `${signature}, ${signature}`,
      (signature) => signature.slice(0, -1),
      (signature) => `${signature}é`,
      () => 'sha256=',
      () => '',
    ),
    tampered: fc.boolean(),
  })
  .map(({ body, write, tampered }) => {
    const signedBody = tampered ? Buffer.concat([body, Buffer.from(' ')]) : body;
    return { signature: write(signatureOf(signedBody), signedBody), body };
  });

describeOracle<Case>({
  library: '@octokit/webhooks-methods',
  ours,
  theirs,
  cases,
  runs: 1_000,
  differences: {
    'the library signs text, so it replaces what is not UTF-8; we sign the bytes': {
      explains: ({ body }) => isChangedAsText(body),
      example: { signature: signatureOf(Buffer.from([0xff, 0xfe])), body: Buffer.from([0xff, 0xfe]) },
    },
    'the library refuses to look at an empty body; a signature over nothing is a signature': {
      explains: ({ body }) => body.length === 0,
      example: { signature: signatureOf(Buffer.from('')), body: Buffer.from('') },
    },
  },
});
