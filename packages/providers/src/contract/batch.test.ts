import { describe, expect, it } from 'vitest';

import { auth0 } from '../auth0/index.ts';
import { brevo } from '../brevo/index.ts';
import { hubspot } from '../hubspot/index.ts';
import { segment } from '../segment/index.ts';
import { sendgrid } from '../sendgrid/index.ts';
import { codecOfSchemas, contextOf, deliveryOf, sealAll, settingsWith, type Subject } from '../testing/conformance.ts';
import { maxItems } from './batch.ts';
import { normalizeBatch } from './batch.ts';
import { integrationEvent, fallbackAccount } from './integration-event.ts';
import type { Normalization } from './normalization.ts';
import { normalizeDelivery } from './normalize.ts';
import type { ProviderDefinition } from './provider.ts';

const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30);

/** Every provider whose deliveries are batches of any length. */
const batching: readonly (readonly [name: string, normalize: (body: string) => Normalization])[] = [
  ['sendgrid', normalizerOf(sendgrid, {}, 'transactional')],
  ['hubspot', normalizerOf(hubspot, {})],
  ['brevo', normalizerOf(brevo, { scheme: 'bearer' }, 'shop')],
  ['auth0', normalizerOf(auth0, { scheme: 'token' }, 'example-shop-eu')],
];

describe('a batch', () => {
  it.each(batching)('of %s with more items than are read is kept whole', (_name, normalize) => {
    const body = `[${'{},'.repeat(maxItems)}{}]`;

    const { verdict, events } = normalize(body);

    expect(verdict).toBe('unnormalised');
    expect(events.map(({ payload }) => bodyLengthOf(payload))).toEqual([body.length]);
  });

  it.each(batching)('of %s is passed on whole once, however many items name a member twice', (_name, normalize) => {
    const body = `[${'{"a":1,"a":1},'.repeat(500)}{"b":1}]`;

    const { verdict, events } = normalize(body);

    expect(verdict).toBe('partial');
    expect(events.filter(({ payload }) => bodyLengthOf(payload) === body.length)).toHaveLength(1);
    expect(events).toHaveLength(2);
  });

  it.each(batching)('of %s costs records in proportion to its body, whatever is in it', async (_name, normalize) => {
    const codec = await codecOfSchemas();
    const items = ['{}', '1', '""', '{"a":1,"a":1}', '{"event":"open"}', `{"x":"${'x'.repeat(2_000)}"}`];
    const bodies = [
      ...items.flatMap((item) =>
        [1, 50, maxItems].map((count) => `[${Array.from({ length: count }, () => item).join(',')}]`),
      ),
      `[${'{"a":1,"a":1},'.repeat(4_200)}{}]`,
      `[${'{},'.repeat(90_000)}{}]`,
      `[${'[],'.repeat(20_000)}[]]`,
      `${'['.repeat(60)}${']'.repeat(60)}`,
    ];

    const costs = bodies.map((body) => {
      const sealed = sealAll(normalize(body), contextOf('batch', nowMs));
      const encoded = sealed.reduce((sum, { topic, record }) => sum + codec.encode(topic, record).length, 0);
      return encoded / (body.length + 1_000);
    });

    // The least item, with its comma, is two bytes; the envelope of its record some six hundred.
    expect(Math.max(...costs)).toBeLessThan(400);
  });

  it('tells equal items of one delivery apart by their count, and knows them again in any other', () => {
    const body = '[{"at":1},{"at":1},{"at":2}]';

    const [first, again, alone] = [body, body, '[{"at":1}]'].map((text) => idsByContent(text));

    expect(new Set(first).size).toBe(3);
    expect(again).toEqual(first);
    expect(alone).toEqual(first?.slice(0, 1));
  });
});

describe('one id', () => {
  const item = {
    email: 'a@example.com',
    timestamp: 1_772_446_529,
    event: 'open',
    sg_event_id: 'e1',
    sg_message_id: 'm1',
  };
  const normalize = normalizerOf(sendgrid, {}, 'transactional');

  it('with two contents in one delivery makes it partial', () => {
    const { verdict, reason, events } = normalize(JSON.stringify([item, { ...item, email: 'b@example.com' }]));

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'one id is used for two contents' });
    expect(events).toHaveLength(2);
  });

  it('with one content twice in one delivery is a repeat and no flaw', () => {
    expect(normalize(JSON.stringify([item, item])).verdict).toBe('normalised');
  });
});

/** Events of items that have nothing but their content. */
function idsByContent(body: string): readonly string[] {
  const subject = subjectOf(segment, {});
  const delivery = deliveryOf(
    subject,
    segment.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, nowMs),
  );
  const { events } = normalizeBatch(delivery, { single: true }, (item) => ({
    events: [
      integrationEvent(delivery, {
        account: fallbackAccount(delivery),
        entity: { kind: 'item', id: '1' },
        identity: item.contentIdentity(),
        occurred: { estimated: true },
      }),
    ],
    flaws: [],
  }));
  return sealAll({ verdict: 'normalised', events }, contextOf('segment', nowMs)).map(({ eventId }) => eventId);
}

function normalizerOf<O>(
  definition: ProviderDefinition<O>,
  options: unknown,
  account?: string,
): (body: string) => Normalization {
  const subject = subjectOf(definition, options, account);
  return (body) => {
    const request = definition.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, nowMs);
    return normalizeDelivery(definition, deliveryOf(subject, request));
  };
}

function subjectOf<O>(definition: ProviderDefinition<O>, options: unknown, account?: string): Subject<O> {
  const settings = settingsWith(definition, { options, account });
  const target = `/hooks/${settings.sourceId}`;
  const headers = [['Content-Type', 'application/json']] as const;
  const request = {
    method: 'POST',
    target,
    publicUrl: `https://hooks.example.com${target}`,
    headers,
    body: Buffer.of(),
  };
  return { definition, settings, request, nowMs };
}

function bodyLengthOf(payload: object): number {
  const body: unknown = Reflect.get(payload, 'body');
  return Buffer.isBuffer(body) ? body.length : 0;
}
