import { type DeliveryId, isDeliveryId, newDeliveryId, TrunklineError } from '@trunkline/core';
import { sealEvent } from '@trunkline/events';
import {
  type Normalization,
  normalizeDelivery,
  type ProviderSource,
  type ReceivedRequest,
  verifyDelivery,
} from '@trunkline/providers';

import type { FixtureIds } from './fresh-ids.ts';

type Draft = Normalization['events'][number];

/** What is an id in an unsigned fixture: what its file names, and what the source's own normaliser takes for one. */
export function fixtureIdsOf(
  source: ProviderSource,
  fixture: { readonly unsigned: ReceivedRequest; readonly freshIds: readonly string[] },
  nowMs: number,
): FixtureIds {
  const drafts = draftsOf(source, source.provider.sign(fixture.unsigned, source.settings, nowMs), nowMs);
  const named = new Set(fixture.freshIds);
  const messageIds = new Set(drafts.flatMap(messageIdsOf).filter((id) => !named.has(id)));
  return {
    namedIds: [...named],
    messageIds: [...messageIds],
    // Where the message itself is the entity (integration.event), its id must stay new even with --entity.
    entityIds: [...new Set(drafts.map((draft) => draft.entity.id))].filter(
      (id) => !messageIds.has(id) && !named.has(id),
    ),
  };
}

/**
 * The ids of the events a request becomes, reckoned here: they are deterministic, except that an event without an id
 * of its own takes the delivery's, so the delivery id of the answer is needed.
 */
export function eventIdsOf(
  source: ProviderSource,
  signed: ReceivedRequest,
  at: { readonly nowMs: number; readonly deliveryId: string | undefined },
): readonly string[] {
  const drafts = draftsOf(source, signed, at.nowMs);
  const known = at.deliveryId !== undefined && isDeliveryId(at.deliveryId) ? at.deliveryId : undefined;
  return drafts.flatMap((draft) =>
    draft.identity.basis === 'rx' && known === undefined
      ? []
      : [idOf(source, draft, { receivedAtMs: at.nowMs, deliveryId: known ?? newDeliveryId(at.nowMs) })],
  );
}

function draftsOf(source: ProviderSource, signed: ReceivedRequest, nowMs: number): readonly Draft[] {
  const result = verifyDelivery(source, signed, nowMs);
  if (!result.ok) {
    throw new TrunklineError(
      'config_invalid',
      `source ${source.settings.sourceId} cannot sign (${result.step}: ${result.detail}): set its secret; \`trunkline doctor\` lists such sources`,
    );
  }
  return normalizeDelivery(source.provider, result.delivery).events;
}

function idOf(
  source: ProviderSource,
  draft: Draft,
  received: { readonly receivedAtMs: number; readonly deliveryId: DeliveryId },
): string {
  return sealEvent(draft, {
    ...received,
    tenantId: source.settings.tenantId,
    sourceId: source.settings.sourceId,
    provider: source.provider.name,
    correction: 0,
    // It enters the record key only, never the event id, which is all that is asked for here.
    installationKey: keyOfNobody,
  }).eventId;
}

const keyOfNobody = new Uint8Array(32);

/** The parts of a `key` are names and numbers that mean something: replacing them would change the message. */
function messageIdsOf(draft: Draft): readonly string[] {
  const identity = draft.identity.basis === 'id' ? [draft.identity.id] : [];
  return draft.providerEventId === undefined ? identity : [draft.providerEventId, ...identity];
}
