import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareVersions, correctionOf, entityVersion, maxProviderSequence, type VersionParts } from './version.ts';

const parts: VersionParts = {
  lead: 0,
  occurredAtMs: 1_732_233_600_123,
  step: 3,
  correction: 0,
  receivedAtMs: 1_732_233_600_999,
  eventId: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
};

describe('an entity version', () => {
  it('is zero-padded decimals, the hex of the time of receipt, and the beginning of the event id', () => {
    expect(entityVersion(parts)).toBe('00.001732233600123.0000000000000000.03.000.0193512b1fe747fca7c8db0b51af89a6');
  });

  it('lets the one that was received later win where nothing else decides, whatever their ids', () => {
    const first = entityVersion({ ...parts, eventId: `evt_${'f'.repeat(32)}` });
    const second = entityVersion({ ...parts, receivedAtMs: parts.receivedAtMs + 1, eventId: `evt_${'0'.repeat(32)}` });

    expect(compareVersions(first, second)).toBeLessThan(0);
  });

  it('counts a sequence from 1, so that none is older than the first', () => {
    const none = entityVersion(parts);
    const first = entityVersion({ ...parts, providerSequence: 0 });

    expect(first).toBe('00.001732233600123.0000000000000001.03.000.0193512b1fe747fca7c8db0b51af89a6');
    expect(compareVersions(none, first)).toBeLessThan(0);
  });

  it('holds the greatest value of every part', () => {
    const greatest = entityVersion({
      lead: 99,
      occurredAtMs: 999_999_999_999_999,
      providerSequence: maxProviderSequence,
      step: 99,
      correction: 999,
      receivedAtMs: 2 ** 48 - 1,
      eventId: `evt_${'f'.repeat(32)}`,
    });

    expect(greatest).toBe(`99.999999999999999.9007199254740991.99.999.${'f'.repeat(32)}`);
  });

  it('says which correction made it', () => {
    expect(correctionOf(entityVersion(parts))).toBe(0);
    expect(correctionOf(entityVersion({ ...parts, correction: 12 }))).toBe(12);
  });

  it('sorts by its text, and by its bytes, as its parts sort in order', () => {
    const time = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 999_999_999_999_999 }),
    );
    const sequence = fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: maxProviderSequence }),
    );
    const small = fc.integer({ min: 0, max: 12 });
    const hex = fc
      .array(fc.constantFrom(...'0129abf'), { minLength: 32, maxLength: 32 })
      .map((digits) => `evt_${digits.join('')}`);
    const any = fc.record({
      lead: small,
      occurredAtMs: time,
      providerSequence: sequence,
      step: small,
      correction: fc.integer({ min: 0, max: 999 }),
      receivedAtMs: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
      eventId: hex,
    });

    fc.assert(
      fc.property(any, any, (a, b) => {
        const [versionA, versionB] = [entityVersion(a), entityVersion(b)];

        expect(compareVersions(versionA, versionB)).toBe(compareTuples(tuple(a), tuple(b)));
        expect(compareVersions(versionA, versionB)).toBe(Buffer.compare(Buffer.from(versionA), Buffer.from(versionB)));
      }),
    );
  });

  it.each([
    ['a lead of three digits', { lead: 100 }],
    ['a negative time', { occurredAtMs: -1 }],
    ['a time of sixteen digits', { occurredAtMs: 1_000_000_000_000_000 }],
    ['a time that is no number', { occurredAtMs: Number.NaN }],
    ['a fraction', { step: 0.5 }],
    ['a sequence beyond 2^53', { providerSequence: Number.MAX_SAFE_INTEGER }],
    ['a negative sequence', { providerSequence: -1 }],
    ['a correction of four digits', { correction: 1_000 }],
    ['a receipt beyond 48 bits', { receivedAtMs: 2 ** 48 }],
    ['a receipt with a fraction', { receivedAtMs: 0.5 }],
    ['a negative receipt', { receivedAtMs: -1 }],
  ])('is refused with %s', (_name, change) => {
    expect(() => entityVersion({ ...parts, ...change })).toThrow(
      expect.objectContaining({ code: 'payload_malformed' }),
    );
  });
});

function tuple(version: VersionParts): readonly (number | string)[] {
  const sequence = version.providerSequence === undefined ? 0 : version.providerSequence + 1;
  const { lead, occurredAtMs, step, correction, receivedAtMs, eventId } = version;
  return [lead, occurredAtMs, sequence, step, correction, receivedAtMs, eventId.slice(0, 24)];
}

function compareTuples(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right !== undefined && left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
