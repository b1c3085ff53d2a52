import fc from 'fast-check';
import { expect, it } from 'vitest';

import { maxHeaderBytes, type ReceivedRequest } from '../contract/request.ts';
import type { Secret } from '../contract/secret.ts';
import { outcomeOf, signed, type Subject } from './conformance.ts';
import {
  positions,
  valueOf,
  withChangedByte,
  withChangedCharacter,
  withDuplicate,
  withoutHeader,
  withValue,
} from './tampering.ts';

/** Enough to meet every part of a header, a body and a URL, and still a suite of milliseconds. */
const sampledPositions = 200;

type Downgrades = Readonly<Record<string, (signed: ReceivedRequest, secret: Secret) => ReceivedRequest>>;

/** The proof itself: what covers what, and what is refused before anything is computed. */
export function describeHeaders<O>(subject: Subject<O>, downgrades: Downgrades): void {
  const { definition, settings } = subject;
  const coverage = definition.coverage(settings.options);

  it('accepts what it signs, with any letter case and order of header names', () => {
    const request = signed(subject);

    const renamed = request.headers.map(([name, value]) => [name.toUpperCase(), value] as const).reverse();

    expect(outcomeOf(subject, request)).toBe('accepted');
    expect(outcomeOf(subject, { ...request, headers: renamed })).toBe('accepted');
  });

  it('refuses a changed byte anywhere in a header that carries the proof', () => {
    const request = signed(subject);

    const accepted = coverage.credentialHeaders.flatMap((name) =>
      positions(valueOf(request, name).length, sampledPositions).filter(
        (at) =>
          outcomeOf(
            subject,
            withValue(request, name, (value) => withChangedCharacter(value, at)),
          ) === 'accepted',
      ),
    );

    const { credentialHeaders, bodyCredentials = [], credentialParameters = [] } = coverage;
    expect([...credentialHeaders, ...bodyCredentials, ...credentialParameters]).not.toEqual([]);
    expect(accepted).toEqual([]);
  });

  it('refuses a header that is absent, empty, repeated, overlong, padded, cut short or not ASCII', () => {
    const request = signed(subject);

    for (const name of coverage.credentialHeaders) {
      const changed = (change: (value: string) => string): string =>
        outcomeOf(subject, withValue(request, name, change));

      expect(outcomeOf(subject, withoutHeader(request, name))).toMatch(/^(missing|malformed)_header$/);
      expect(changed(() => '')).toMatch(/^(missing|malformed)_header$/);
      expect(outcomeOf(subject, withDuplicate(request, name))).toBe('malformed_header');
      expect(changed((value) => value + 'a'.repeat(maxHeaderBytes))).toBe('malformed_header');
      expect(changed((value) => `${value}é`)).toBe('malformed_header');
      expect(changed((value) => `${value}\u0000`)).toBe('malformed_header');
      expect(changed((value) => ` ${value}`)).not.toBe('accepted');
      expect(changed((value) => `${value} `)).not.toBe('accepted');
      expect(changed((value) => value.slice(0, -1))).not.toBe('accepted');
    }
  });

  if (coverage.body === 'all' || coverage.body === 'all_but') describeBody(subject);
  if (coverage.url) describeUrl(subject);

  it.for(Object.entries(downgrades))('refuses the downgrade "%s"', ([, downgrade]) => {
    const [secret] = settings.secrets;
    const request = signed(subject);

    const outcome = secret === undefined ? 'accepted' : outcomeOf(subject, downgrade(request, secret));

    expect(outcome).not.toBe('accepted');
  });

  it('refuses, and never throws at, any headers and any bytes', () => {
    const names = fc.constantFrom(...coverage.credentialHeaders, 'content-type', 'x-other');
    const values = fc.oneof(headerText, fc.constantFrom('', 'é', 't=,v1=', 'v1=,t=1', 'a'.repeat(9_000)));

    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, values), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 256 }),
        (headers, body) => {
          const request = { ...subject.request, headers, body };

          // Asked directly: verifyDelivery would turn a throw into a refusal and hide it here.
          expect(definition.verify(request, settings, subject.nowMs).accepted).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });
}

function describeBody<O>(subject: Subject<O>): void {
  it('refuses a body with one changed, added or removed byte', () => {
    const request = signed(subject);
    const withBody = (body: Uint8Array): string => outcomeOf(subject, { ...request, body });

    const accepted = positions(request.body.length, sampledPositions).filter(
      (at) => withBody(withChangedByte(request.body, at)) === 'accepted',
    );

    expect(accepted).toEqual([]);
    expect(withBody(Buffer.concat([request.body, Buffer.from('\n')]))).not.toBe('accepted');
    // A GET says everything in its URL, so there is nothing to take away.
    if (request.method === 'GET') return;
    expect(request.body.length).toBeGreaterThan(0);
    expect(withBody(request.body.subarray(0, -1))).not.toBe('accepted');
    expect(withBody(new Uint8Array())).not.toBe('accepted');
  });
}

function describeUrl<O>(subject: Subject<O>): void {
  it('refuses a changed character anywhere in the public URL', () => {
    const request = signed(subject);

    const accepted = positions(request.publicUrl.length, sampledPositions).filter((at) => {
      const publicUrl = withChangedCharacter(request.publicUrl, at);
      return (
        outcomeOf(subject, { ...request, publicUrl, target: publicUrl.slice(publicUrl.indexOf('/', 8)) }) === 'accepted'
      );
    });

    expect(accepted).toEqual([]);
  });
}

/** What Node makes of a header: any bytes, one character each. */
const headerText: fc.Arbitrary<string> = fc
  .uint8Array({ maxLength: 64 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
