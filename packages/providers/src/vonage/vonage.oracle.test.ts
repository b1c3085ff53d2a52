import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';

import { verifySignature } from '@vonage/jwt';
import fc from 'fast-check';

import { describeOracle, outcomesOf, type Outcome } from '../testing/oracle-cases.ts';
import { vonageOptions } from './options.ts';
import { vonageScheme } from './verify.ts';

const secret = 'oracle_0123456789abcdefghijklmnopqrstuvwxyz';
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30, 700);
const nowSeconds = Math.floor(nowMs / 1000);
const outcomeOf = outcomesOf(vonageScheme(vonageOptions.parse({})), secret, nowMs);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface Case {
  readonly token: string;
  readonly body: Uint8Array;
}

function ours({ token, body }: Case): Outcome {
  return outcomeOf({ headers: [['authorization', `Bearer ${token}`]], body });
}

/** It checks the signature of a token and nothing else, so much is ours alone. */
function theirs({ token }: Case): boolean {
  return verifySignature(token, secret);
}

function tokenOf(header: object, claims: object, key: string = secret): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

const json = Buffer.from('{"uuid":"1"}');
const good = { iss: 'Vonage', iat: nowSeconds, payload_hash: createHash('sha256').update(json).digest('hex') };
const header = { typ: 'JWT', alg: 'HS256' };

const headers: fc.Arbitrary<object> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(header) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { alg: 'none' },
      { alg: 'HS512' },
      { alg: 'RS256' },
      { alg: 'hs256' },
      {},
      { ...header, crit: ['x'] },
      { alg: ['HS256'] },
    ),
  },
);

const times = fc.constantFrom(
  {},
  {},
  {},
  { exp: nowSeconds },
  { exp: nowSeconds + 1 },
  { exp: 'x' },
  { exp: null },
  { nbf: nowSeconds },
  { nbf: nowSeconds + 1 },
  { nbf: 1.5 },
);

const asItIs = (token: string): string => token;
const rewrite: readonly ((token: string) => string)[] = [
  (token) => `${token}=`,
  (token) => token.slice(0, -1),
  (token) => token.replace(/\.[^.]*$/, '.'),
  (token) => token.replace(/\.[^.]*$/, ''),
  (token) => `${token}.x`,
  (token) => token.replace(/\.[^.]*$/, (part) => part.toLowerCase()),
  (token) => {
    const text = token.replace(/\.[^.]*$/, '');
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  },
  () => '',
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    header: headers,
    times,
    body: fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 32 }),
    ),
    hash: fc.constantFrom('right', 'right', 'right', 'right', 'upper', 'other', 'none'),
    key: fc.constantFrom(secret, secret, secret, secret, `${secret} `, 'other'),
    write: fc.oneof(
      { weight: 3, arbitrary: fc.constant(asItIs) },
      { weight: 1, arbitrary: fc.constantFrom(...rewrite) },
    ),
  })
  .map((parts) => {
    const digest = createHash('sha256').update(parts.body).digest('hex');
    const hashes = { right: digest, upper: digest.toUpperCase(), other: 'x', none: undefined };
    const claims = { iss: 'Vonage', payload_hash: hashes[parts.hash as keyof typeof hashes], ...parts.times };
    return { token: parts.write(tokenOf(parts.header, claims, parts.key)), body: parts.body };
  });

describeOracle<Case>({
  library: '@vonage/jwt',
  ours,
  theirs,
  cases,
  runs: 1_000,
  clockMs: nowMs,
  weRefuseMore: true,
  differences: {
    'the library does not look at the body; we want its hash in the token': {
      explains: (_subject, outcome) => outcome === 'body_hash_mismatch',
      example: { token: tokenOf(header, { iss: 'Vonage' }), body: json },
    },
    'the library does not know critical extensions; we refuse what asks for one': {
      explains: (_subject, outcome) => outcome === 'unsupported_version',
      example: { token: tokenOf({ ...header, crit: ['x'] }, good), body: json },
    },
    'we read a time that is a whole number': {
      explains: (_subject, outcome) => outcome === 'malformed_header',
      example: { token: tokenOf(header, { ...good, exp: nowSeconds + 0.5 }), body: json },
    },
  },
});
