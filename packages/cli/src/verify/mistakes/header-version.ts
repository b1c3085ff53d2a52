import { createHash, createHmac } from 'node:crypto';

import type { ReceivedRequest } from '@trunkline/providers';

import type { Attempt, Mistake, RefusedCase } from './mistake.ts';
import { secretWords } from './secrets.ts';

/** The proof is of an older version, which does not count: marked as one, or in the older header beside the wanted one. */
export const headerVersion: Mistake = {
  name: 'header_version',
  action: 'have the sender use the current version of its signature',
  steps: ['missing_header', 'unsupported_version', 'signature_mismatch'],
  *attempts(refused): Iterable<Attempt> {
    yield* remarked(refused);
    yield* olderProofs(refused);
  },
};

/** A version with what stands behind it: `v0=`, `sha1=`, `v1a,`. */
const mark = /(?<![\w.])(v\d+[a-z]?|sha\d+)([=,])/g;

/** The same signature under the mark that the provider's own signing writes. */
function* remarked({ source, request, nowMs, coverage }: RefusedCase): Iterable<Attempt> {
  if (source.settings.secrets.length === 0) return;
  const sample = source.provider.sign(request, source.settings, nowMs);
  for (const name of coverage.credentialHeaders) {
    const value = valueOf(request, name);
    const wanted = valueOf(sample, name)?.match(mark)?.[0];
    if (value === undefined || wanted === undefined || value.includes(wanted)) continue;
    const given = value.match(mark)?.[0];
    const changed = given === undefined ? `${wanted}${value}` : value.replaceAll(mark, wanted);
    yield {
      would: `its signature in ${name} were marked ${wanted} ${given === undefined ? 'and not without a version' : `and not ${given}`}`,
      request: withValue(request, name, changed),
    };
  }
}

interface OlderProof {
  readonly words: string;
  readonly of: (secret: string, request: ReceivedRequest) => readonly string[];
}

/** What providers signed before, most widely used first: GitHub and others, HubSpot v1, HubSpot v2. */
const older: readonly OlderProof[] = [
  {
    words: 'HMAC-SHA1 of the body',
    of: (secret, { body }) => {
      const digest = createHmac('sha1', secret).update(body).digest();
      return [digest.toString('hex'), digest.toString('base64')];
    },
  },
  {
    words: 'SHA-256 of secret and body (v1)',
    of: (secret, { body }) => [createHash('sha256').update(secret).update(body).digest('hex')],
  },
  {
    words: 'SHA-256 of secret, method, URL and body (v2)',
    of: (secret, { method, publicUrl, body }) => [
      createHash('sha256').update(`${secret}${method}${publicUrl}`).update(body).digest('hex'),
    ],
  },
];

function* olderProofs({ source, request, coverage }: RefusedCase): Iterable<Attempt> {
  const named = request.headers.filter(([name]) => /signature/i.test(name));
  for (const [index, secret] of source.settings.secrets.entries()) {
    for (const { words, of } of older) {
      const expected = of(secret.reveal(), request);
      for (const [name, value] of named) {
        yield {
          would: `the sender also sent ${coverage.credentialHeaders[0] ?? 'the current header'} of the current version: ${name} has the older one (${words}), which fits ${secretWords(secret, index)}`,
          fits: expected.includes(value.replace(/^(?:sha1|v\d)=/, '')),
        };
      }
    }
  }
}

function valueOf({ headers }: ReceivedRequest, name: string): string | undefined {
  return headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
}

function withValue(request: ReceivedRequest, name: string, value: string): ReceivedRequest {
  const others = request.headers.filter(([given]) => given.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: [...others, [name, value]] };
}
