import type { EventCodec, SealedEvent } from '@trunkline/events';

import { archivedForm, type ArchivedRecord } from '../contract/archived.ts';
import { archivedDelivery, type VerifiedDelivery } from '../contract/delivery.ts';
import type { Normalization, NormalizationVerdict } from '../contract/normalization.ts';
import { normalizeDelivery } from '../contract/normalize.ts';
import type { ProviderDefinition } from '../contract/provider.ts';
import { type Fixture, requestOf } from '../fixtures.ts';
import { contextOf, deliveryOf, portable, sealAll, settingsWith, type Subject } from './conformance.ts';

export interface SealedFixture {
  readonly verdict: NormalizationVerdict;
  readonly reason?: string | undefined;
  readonly events: readonly SealedEvent[];
}

/** Signs, verifies, normalises and seals a fixture under the settings it names; a number names the delivery. */
export function sealedFixture<O>(definition: ProviderDefinition<O>, fixture: Fixture, delivery = 1): SealedFixture {
  const { verdict, reason, events } = normalizedFixture(definition, fixture);
  const context = contextOf(definition.name, fixture.receivedAtMs, delivery);
  return { verdict, reason, events: sealAll({ verdict, events }, context) };
}

/** What it is before it is sealed. */
export function normalizedFixture<O>(definition: ProviderDefinition<O>, fixture: Fixture): Normalization {
  return normalizeDelivery(definition, verifiedFixture(definition, fixture));
}

/** The same of a fixture that was archived and is read again, through the bytes of the archive's record. */
export function replayedFixture<O>(
  definition: ProviderDefinition<O>,
  fixture: Fixture,
  codec: EventCodec,
): SealedFixture {
  const delivery = verifiedFixture(definition, fixture);
  const context = contextOf(definition.name, fixture.receivedAtMs);
  const first = normalizeDelivery(definition, delivery);
  const record: ArchivedRecord = {
    ...archivedForm(delivery),
    deliveryId: context.deliveryId,
    receivedAt: fixture.receivedAtMs,
    verdict: first.verdict,
    reason: first.reason ?? null,
    eventIds: sealAll(first, context).map(({ eventId }) => eventId),
    handshake: null,
    answerStatus: 200,
    traceId: null,
  };
  const read = codec.decodeNow('ingress.delivery.v1', codec.encode('ingress.delivery.v1', record));
  if (read === undefined) throw new Error('the codec does not know the schema of the archive');
  const { settings } = subjectOf(definition, fixture);
  const again = archivedDelivery(
    { provider: definition, settings: { ...settings, secrets: delivery.settings.secrets } },
    read,
  );
  const { verdict, reason, events } = normalizeDelivery(definition, again);
  return { verdict, reason, events: sealAll({ verdict, events }, context) };
}

function verifiedFixture<O>(definition: ProviderDefinition<O>, fixture: Fixture): VerifiedDelivery<O> {
  const subject = subjectOf(definition, fixture);
  return deliveryOf(subject, definition.sign(subject.request, subject.settings, subject.nowMs));
}

/** The outcome in the form of an expected file. */
export function outcomeOfFixture<O>(definition: ProviderDefinition<O>, fixture: Fixture): unknown {
  return portable(sealedFixture(definition, fixture));
}

function subjectOf<O>(definition: ProviderDefinition<O>, fixture: Fixture): Subject<O> {
  const settings = settingsWith(definition, { options: fixture.options, account: fixture.account });
  const request = requestOf(fixture, `https://hooks.example.com/hooks/${settings.sourceId}`);
  return { definition, settings, request, nowMs: fixture.receivedAtMs };
}
