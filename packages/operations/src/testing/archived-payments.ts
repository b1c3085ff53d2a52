import { newDeliveryId } from '@trunkline/core';
import {
  type DeliveryContext,
  encodeEvent,
  encodeIngress,
  type EventCodec,
  sealEvent,
  type SealedEvent,
} from '@trunkline/events';
import type { OutgoingRecord } from '@trunkline/kafka';
import { archivedForm, normalizeDelivery, type ProviderDefinition, verifyDelivery } from '@trunkline/providers';
import { loadFixture, requestOf, withFreshIds } from '@trunkline/providers/fixtures';
import type { ConfiguredSource } from '@trunkline/sources';

type Normalize = ProviderDefinition['normalize'];

export interface ArchivedPayments {
  /** What an ingress with this normaliser publishes: the events, and the record of each delivery. */
  readonly records: readonly OutgoingRecord[];
  /** What one with the good one would have made of them. */
  readonly good: readonly SealedEvent[];
}

/** So many payments of a Stripe source as they came in, read by another normaliser. `label` keeps their ids apart. */
export function archivedPayments(
  { provider, settings, sourceId, tenantId }: Pick<ConfiguredSource, 'provider' | 'settings' | 'sourceId' | 'tenantId'>,
  {
    codec,
    installationKey,
    normalize,
    count,
    label,
  }: {
    readonly codec: Pick<EventCodec, 'encode'>;
    readonly installationKey: Uint8Array;
    readonly normalize: Normalize;
    readonly count: number;
    readonly label: string;
  },
): ArchivedPayments {
  const records: OutgoingRecord[] = [];
  const good: SealedEvent[] = [];
  for (let n = 0; n < count; n += 1) {
    const fixture = withFreshIds(loadFixture('stripe', 'payment_intent.succeeded'), `${label}x${n}`);
    const receivedAtMs = Date.now();
    const unsigned = requestOf(fixture, `https://hooks.example.com/hooks/${sourceId}`);
    const request = provider.sign(unsigned, settings, receivedAtMs);
    const verified = verifyDelivery({ provider, settings }, request, receivedAtMs);
    if (!verified.ok) throw new Error(`not verified: ${verified.detail}`);
    const context: DeliveryContext = {
      tenantId,
      sourceId,
      provider: provider.name,
      deliveryId: newDeliveryId(receivedAtMs),
      receivedAtMs,
      correction: 0,
      installationKey,
    };
    const { verdict, reason, events } = normalizeDelivery({ ...provider, normalize }, verified.delivery);
    const sealed = events.map((draft) => sealEvent(draft, context));
    good.push(...normalizeDelivery(provider, verified.delivery).events.map((draft) => sealEvent(draft, context)));
    const record = {
      ...archivedForm(verified.delivery),
      deliveryId: context.deliveryId,
      receivedAt: receivedAtMs,
      verdict,
      reason: reason ?? null,
      eventIds: sealed.map(({ eventId }) => eventId),
      handshake: null,
      answerStatus: 200,
      traceId: null,
    };
    records.push(
      ...sealed.map((event) => encodeEvent(codec, event, {})),
      encodeIngress(codec, { topic: 'ingress.delivery.v1', record }, {}),
    );
  }
  return { records, good };
}

/** A normaliser with a mistake that throws. */
export const brokenNormalizer: Normalize = () => {
  throw new TypeError('the normaliser is broken');
};
