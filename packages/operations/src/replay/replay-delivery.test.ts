import { newDeliveryId } from '@trunkline/core';
import { sealEvent, type SealedEvent } from '@trunkline/events';
import { archivedForm, normalizeDelivery, providerNamed, Secret, verifyDelivery } from '@trunkline/providers';
import { loadFixture, requestOf } from '@trunkline/providers/fixtures';
import type { ConfiguredSource } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

import type { ArchivedDelivery } from './archive.ts';
import { replayDelivery } from './replay-delivery.ts';

const installationKey = Buffer.alloc(32, 7);
const receivedAtMs = Date.UTC(2026, 2, 2, 10, 15, 30);

function stripeSource(): ConfiguredSource {
  const provider = providerNamed('stripe');
  if (provider === undefined) throw new Error('there is no provider stripe');
  const [sourceId, tenantId] = ['src_stripe', 'tnt_a'];
  return {
    sourceId,
    tenantId,
    state: 'enabled',
    bodyLimitBytes: 1_048_576,
    acceptDeadlineMs: 5_000,
    rate: { requests: 100, perMs: 1_000, burst: 100 },
    provider,
    settings: {
      sourceId,
      tenantId,
      account: 'acct_demo',
      secrets: [new Secret('whsec_of_the_test', { name: 'env:S' })],
      options: provider.options.parse({ modes: ['test'] }),
    },
  };
}

/** A payment as it was archived when its normaliser failed, and what a good one would have made of it. */
function unreadPayment(source: ConfiguredSource): {
  readonly archived: ArchivedDelivery;
  readonly good: readonly SealedEvent[];
} {
  const { provider, settings, sourceId, tenantId } = source;
  const fixture = loadFixture('stripe', 'payment_intent.succeeded');
  const request = provider.sign(
    requestOf(fixture, 'https://hooks.example.com/hooks/src_stripe'),
    settings,
    receivedAtMs,
  );
  const verified = verifyDelivery({ provider, settings }, request, receivedAtMs);
  if (!verified.ok) throw new Error(`not verified: ${verified.detail}`);
  const deliveryId = newDeliveryId(receivedAtMs);
  const context = { tenantId, sourceId, provider: 'stripe', deliveryId, receivedAtMs, correction: 0, installationKey };
  const good = normalizeDelivery(provider, verified.delivery).events.map((draft) => sealEvent(draft, context));
  const record = {
    ...archivedForm(verified.delivery),
    deliveryId,
    receivedAt: receivedAtMs,
    verdict: 'unnormalised',
    reason: null,
    eventIds: ['evt_00000000000000000000000000000001'],
    handshake: null,
    answerStatus: 200,
    traceId: null,
  };
  return { archived: { record, verdict: record.verdict, eventIds: record.eventIds }, good };
}

describe('a delivery of the archive', () => {
  const source = stripeSource();
  const { archived, good } = unreadPayment(source);
  const replay = (delivery: ArchivedDelivery, correction = 0) =>
    replayDelivery(delivery, { source, correction, installationKey });
  const idsOf = (delivery: ArchivedDelivery, correction = 0) =>
    replay(delivery, correction).events.map(({ sealed }) => sealed.eventId);

  it('gives the events that a good normaliser would have given, and names what it does not become any more', () => {
    const { verdict, events, gone } = replay(archived);

    expect(verdict).toBe('normalised');
    expect(events.map(({ sealed }) => sealed)).toEqual(good);
    expect(events.map(({ isNew }) => isNew)).toEqual([true]);
    expect(gone).toEqual(archived.eventIds);
  });

  it('gives nothing new once its events are known', () => {
    const { events } = replay({ ...archived, eventIds: [...archived.eventIds, ...good.map(({ eventId }) => eventId)] });

    expect(events.map(({ isNew, lastId }) => [isNew, lastId])).toEqual([[false, good[0]?.eventId]]);
  });

  it('gives by a correction another id and a newer version, which repair the last one', () => {
    const known = { ...archived, eventIds: [...good.map(({ eventId }) => eventId), ...idsOf(archived, 1)] };

    const [event] = replay(known, 2).events;

    expect(event).toMatchObject({ isNew: true, lastId: idsOf(archived, 1)[0] });
    expect(event?.sealed.record.metadata.correction).toBe(2);
    const [first] = good;
    expect((event?.sealed.record.metadata.entityVersion ?? '') > (first?.record.metadata.entityVersion ?? '~')).toBe(
      true,
    );
  });

  it('refuses a correction below one that is there, and takes the same one again', () => {
    const corrected = { ...archived, eventIds: [...good.map(({ eventId }) => eventId), ...idsOf(archived, 3)] };

    expect(() => replay(corrected, 2)).toThrow('use 4');
    expect(replay(corrected, 3).events.map(({ isNew }) => isNew)).toEqual([false]);
  });

  it('is refused for another source', () => {
    const other = { ...archived, record: { ...archived.record, sourceId: 'src_other' } };

    expect(() => replay(other)).toThrow('came to src_other of stripe');
  });
});
