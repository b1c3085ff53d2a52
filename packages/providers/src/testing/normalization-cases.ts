import type { EventCodec } from '@trunkline/events';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';

import { normalizeDelivery, replyTo } from '../contract/normalize.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import {
  codecOfSchemas,
  contextOf,
  deliveryOf,
  outcomeOf,
  type ProviderCases,
  sealAll,
  type Subject,
} from './conformance.ts';

/** What becomes of an authentic delivery, whatever is in it. */
export function describeNormalization<O>(
  subject: Subject<O>,
  cases: Pick<ProviderCases<O>, 'rebatch' | 'refusesEmptyBody'>,
): void {
  const { definition, nowMs } = subject;
  const { rebatch, refusesEmptyBody = false } = cases;
  let codec: EventCodec;
  beforeAll(async () => {
    codec = await codecOfSchemas();
  });

  /** Normalises, seals and encodes: whatever does not fit throws here. */
  const idsOf = (request: ReceivedRequest, delivery = 1): readonly string[] => {
    const signedRequest = definition.sign(request, subject.settings, nowMs);
    const normalization = normalizeDelivery(definition, deliveryOf(subject, signedRequest));
    const sealed = sealAll(normalization, contextOf(definition.name, nowMs, delivery));
    for (const { topic, record } of sealed) {
      expect(codec.decodeNow(topic, codec.encode(topic, record))).toEqual(record);
    }
    return sealed.map((event) => event.eventId);
  };

  /** A proof that stands in the body (Mailgun) cannot be put into every body. */
  const canBeSigned = (body: Uint8Array): boolean => {
    if (definition.coverage(subject.settings.options).bodyCredentials === undefined) return true;
    const request = definition.sign({ ...subject.request, body }, subject.settings, nowMs);
    return outcomeOf(subject, request) === 'accepted';
  };

  it('gives the same ids for the same delivery normalised again', () => {
    const first = idsOf(subject.request);

    const again = idsOf({ ...subject.request, headers: [...subject.request.headers].reverse() });

    expect(first).not.toEqual([]);
    expect(again).toEqual(first);
  });

  it('gives the same ids when the provider sends it again, unless it has nothing to know it by', () => {
    const { events } = normalizeDelivery(
      definition,
      deliveryOf(subject, definition.sign(subject.request, subject.settings, nowMs)),
    );
    const first = idsOf(subject.request, 1);

    const again = idsOf(subject.request, 2);

    const identified = events.map((event) => event.identity.basis !== 'rx');
    expect(first.map((id, index) => id === again[index])).toEqual(identified);
  });

  // For a provider that batches; with none, there is no case.
  it.for(rebatch === undefined ? [] : [rebatch])('gives the same ids however the items are batched', (split) => {
    const whole = idsOf(subject.request);

    const parts = split(subject.request).flatMap((request) => idsOf(request));

    expect([...parts].sort()).toEqual([...whole].sort());
  });

  it('makes of any authentic bytes at most events that seal and fit their schemas, and an answer', () => {
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 512 }),
      fc.json().map((text) => Buffer.from(text)),
      mutationsOf(subject.request.body),
    );

    fc.assert(
      fc.property(anyBody, (body) => {
        fc.pre(!refusesEmptyBody || body.length > 0);
        fc.pre(canBeSigned(body));
        const signedRequest = definition.sign({ ...subject.request, body }, subject.settings, nowMs);
        const delivery = deliveryOf(subject, signedRequest);
        const normalization = normalizeDelivery(definition, delivery);

        idsOf({ ...subject.request, body });
        expect(normalization.reason ?? '').not.toMatch(/normaliser of .* failed/);
        expect(normalization.verdict === 'ignored').toBe(normalization.events.length === 0);
        expect(replyTo(definition, delivery, normalization).status).toBeLessThan(300);
      }),
      { numRuns: 300 },
    );
  });

  it.for(refusesEmptyBody ? [true] : [])('refuses an empty body, although it is signed', () => {
    const request = definition.sign({ ...subject.request, body: new Uint8Array() }, subject.settings, nowMs);

    expect(outcomeOf(subject, request)).toBe('signature_mismatch');
  });

  it.for(hostileBodies.filter(([, body]) => !refusesEmptyBody || body !== ''))('keeps %s as what it is', ([, body]) => {
    if (!canBeSigned(Buffer.from(body))) return;
    const request = definition.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, nowMs);

    const normalization = normalizeDelivery(definition, deliveryOf(subject, request));

    expect(normalization.reason ?? '').not.toMatch(/normaliser of .* failed/);
    expect(() => idsOf({ ...subject.request, body: Buffer.from(body) })).not.toThrow();
  });
}

/** The provider's own kind of message with values replaced: gets past the first checks, where plain noise ends. */
function mutationsOf(body: Uint8Array): fc.Arbitrary<Uint8Array> {
  const text = Buffer.from(body).toString('utf8');
  const values = [...text.matchAll(/: ?("[^"]*"|-?\d+|true|false|null)/g)];
  const odd = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc.constantFrom(
      '""',
      'null',
      '9007199254740991',
      '9007199254740993',
      '1e400',
      '-0',
      '1.5',
      '"\\ud800"',
      '[]',
      '{}',
    ),
    fc.constantFrom(`"${'x'.repeat(2_000)}"`, '253402300800', '{"__proto__":{"id":"evil"}}', '"é😀"'),
  );
  return fc
    .array(fc.tuple(fc.nat({ max: Math.max(values.length - 1, 0) }), odd), { minLength: 1, maxLength: 3 })
    .map((changes) => {
      let mutated = text;
      for (const [index, value] of [...changes].sort(([left], [right]) => right - left)) {
        const match = values[index];
        if (match?.[1] === undefined) continue;
        const start = match.index + match[0].length - match[1].length;
        mutated = mutated.slice(0, start) + value + mutated.slice(start + match[1].length);
      }
      return Buffer.from(mutated);
    });
}

const hostileBodies: readonly (readonly [name: string, body: string])[] = [
  ['an empty body', ''],
  ['a byte order mark', '\ufeff{}'],
  ['nesting 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['a body that names a member twice', '{"id":"a","id":"b"}'],
  ['__proto__ as a member', '{"__proto__":{"id":"evt_evil","livemode":false},"constructor":1}'],
  ['a number beyond every double', '{"id":1e400}'],
  ['a lone surrogate', '{"id":"\\ud800"}'],
  ['text after the JSON', '{} {}'],
];
