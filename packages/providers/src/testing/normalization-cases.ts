import type { EventCodec } from '@trunkline/events';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';

import { type VerifiedDelivery, verifyDelivery } from '../contract/delivery.ts';
import type { Normalization } from '../contract/normalization.ts';
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
import { hostileBodies, mutationsOf, oddRequests } from './hostile-requests.ts';

/** What becomes of an authentic delivery, whatever is in it. */
export function describeNormalization<O>(
  subject: Subject<O>,
  cases: Pick<ProviderCases<O>, 'batch' | 'refusesEmptyBody' | 'refusesOddBodies'>,
): void {
  const { definition, nowMs } = subject;
  const { batch, refusesEmptyBody = false, refusesOddBodies = false } = cases;
  let codec: EventCodec;
  beforeAll(async () => {
    codec = await codecOfSchemas();
  });

  /** Seals and encodes: whatever does not fit throws here. */
  const idsIn = (normalization: Normalization, delivery = 1): readonly string[] => {
    const sealed = sealAll(normalization, contextOf(definition.name, nowMs, delivery));
    for (const { topic, record } of sealed) {
      expect(codec.decodeNow(topic, codec.encode(topic, record))).toEqual(record);
    }
    return sealed.map((event) => event.eventId);
  };

  const sign = (request: ReceivedRequest): ReceivedRequest => definition.sign(request, subject.settings, nowMs);
  const idsOf = (request: ReceivedRequest, delivery = 1): readonly string[] =>
    idsIn(normalizeDelivery(definition, deliveryOf(subject, sign(request))), delivery);

  /** A proof that stands in the body (Mailgun) cannot be put into every body. */
  const { bodyCredentials } = definition.coverage(subject.settings.options);
  const signsEveryBody = bodyCredentials === undefined && !refusesOddBodies;
  const canBeSigned = (body: Uint8Array): boolean =>
    signsEveryBody || outcomeOf(subject, sign({ ...subject.request, body })) === 'accepted';

  /** What holds whatever is in an authentic delivery. */
  const expectSound = (delivery: VerifiedDelivery<O>): void => {
    const normalization = normalizeDelivery(definition, delivery);

    idsIn(normalization);
    const { verdict, reason = '', events } = normalization;
    const isSilent = verdict === 'ignored';
    const isUnknown = events.some(({ identity }) => identity.basis === 'rx');
    const { status } = replyTo(definition, delivery, normalization);
    // One question for all: a question costs more than most answers here.
    expect({
      hasFailed: /normaliser of .* failed/.test(reason),
      isSilent,
      isAnswered: status < 300,
      isUnknownAndComplete: isUnknown && verdict === 'normalised',
    }).toEqual({
      hasFailed: false,
      isSilent: events.length === 0,
      isAnswered: true,
      isUnknownAndComplete: false,
    });
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

  it.for(subject.request.body.length === 0 ? [] : [true])(
    'gives the same ids for a body behind a byte order mark',
    () => {
      const mark = Buffer.from([0xef, 0xbb, 0xbf]);

      const marked = idsOf({ ...subject.request, body: Buffer.concat([mark, subject.request.body]) });

      expect(marked).toEqual(idsOf(subject.request));
    },
  );

  // For a provider that batches; with none, there is no case.
  it.for(batch === undefined ? [] : [batch])(
    'gives the same set of ids however the items are ordered, batched and repeated',
    ({ body = subject.request.body, split, join }) => {
      const items = split(Buffer.from(body).toString('utf8'));
      const whole = idsOf({ ...subject.request, body });
      const orders = fc.shuffledSubarray([...items.keys()], { minLength: items.length });
      const cuts = fc.array(fc.boolean(), { minLength: items.length, maxLength: items.length });

      fc.assert(
        fc.property(orders, cuts, (order, isCut) => {
          const parts = partsOf(order, isCut).map((part) => join(part.map((index) => items[index] ?? '')));

          const ids = [...parts, ...parts.slice(0, 1)].flatMap((part) =>
            idsOf({ ...subject.request, body: Buffer.from(part) }),
          );

          expect(new Set(ids)).toEqual(new Set(whole));
        }),
        { numRuns: 20 },
      );
      expect(items.length).toBeGreaterThan(1);
      expect(new Set(whole).size).toBe(whole.length);
    },
  );

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

        expectSound(deliveryOf(subject, sign({ ...subject.request, body })));
      }),
      { numRuns: 300 },
    );
  });

  it('makes of any other headers and parameters at most events that seal and fit their schemas', () => {
    fc.assert(
      fc.property(oddRequests(subject.request), (request) => {
        const source = { provider: definition, settings: subject.settings };
        const result = verifyDelivery(source, sign(request), nowMs);
        // Some headers say what is proven (a channel, the form of the body): without them there is no delivery.
        fc.pre(result.ok);

        if (result.ok) expectSound(result.delivery);
      }),
      { numRuns: 100 },
    );
  });

  it.for(refusesEmptyBody ? [true] : [])('refuses an empty body, although it is signed', () => {
    const request = definition.sign({ ...subject.request, body: new Uint8Array() }, subject.settings, nowMs);

    expect(outcomeOf(subject, request)).toBe('signature_mismatch');
  });

  it.for(hostileBodies.filter(([, body]) => !refusesEmptyBody || body !== ''))('keeps %s as what it is', ([, body]) => {
    if (!canBeSigned(Buffer.from(body))) return;

    expectSound(deliveryOf(subject, sign({ ...subject.request, body: Buffer.from(body) })));
  });
}

/** The indexes in their order, cut behind those that say so. */
function partsOf(order: readonly number[], isCut: readonly boolean[]): readonly (readonly number[])[] {
  const parts: number[][] = [[]];
  for (const [at, index] of order.entries()) {
    parts.at(-1)?.push(index);
    if (isCut[at] === true && at < order.length - 1) parts.push([]);
  }
  return parts;
}
