import type { SealedEvent } from '@trunkline/events';

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
  const subject = subjectOf(definition, fixture);
  const request = definition.sign(subject.request, subject.settings, subject.nowMs);
  return normalizeDelivery(definition, deliveryOf(subject, request));
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
