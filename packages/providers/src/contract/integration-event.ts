import { createHash } from 'node:crypto';

import type { DraftIdentity, EntityRef, EventDraft, Occurred, OrderBy } from '@trunkline/events';

import { archivedHeaders, archivedQuery } from './archive.ts';
import type { VerifiedDelivery } from './delivery.ts';
import { draftOf, type Normalization } from './normalization.ts';
import { singleHeader } from './request.ts';

/** What is known about a message that has no canonical form. */
export interface IntegrationFacts {
  readonly account: string;
  readonly entity: EntityRef;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  /** The provider's own name of the event. */
  readonly originalType?: string;
  readonly providerEventId?: string;
  /** What it stays in order with; without it the provider's event id. */
  readonly orderBy?: OrderBy;
  /** Where one delivery carried several: this one, as canonical JSON text. */
  readonly item?: { readonly index: number; readonly text: string };
}

/** An authentic message as an `integration.event.v1` event: the raw body, and what the provider said beside it. */
export function integrationEvent(delivery: VerifiedDelivery, facts: IntegrationFacts): EventDraft {
  const { request } = delivery;
  const { account, entity, identity, occurred, providerEventId, orderBy, item } = facts;
  return draftOf({
    topic: 'integration.event.v1',
    type: 'integration.event.received',
    account,
    entity,
    identity,
    occurred,
    ...(providerEventId === undefined ? {} : { providerEventId }),
    ...(orderBy === undefined ? {} : { orderBy }),
    statedFields: [],
    payload: {
      originalType: facts.originalType ?? null,
      contentType: singleHeader(request, 'content-type') ?? null,
      body: item === undefined ? bufferOf(request.body) : Buffer.from(item.text, 'utf8'),
      itemIndex: item?.index ?? null,
      method: request.method,
      query: archivedQuery(request.target),
      headers: archivedHeaders(request.headers, delivery.keepHeaders),
    },
  });
}

/** The same bytes as a Buffer, not copied: a body may be megabytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The normalisation of an authentic delivery that cannot be read. Nothing in it can be trusted to be an id, so each
 * reception is a new event, unless the proof covers an id that stands beside the body (`provenId`); its entity is the
 * digest of what was received.
 */
export function unreadableDelivery(delivery: VerifiedDelivery, reason: string, provenId?: string): Normalization {
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: contentEntity(delivery),
    identity: provenId === undefined ? { basis: 'rx', index: 0 } : { basis: 'id', id: provenId },
    occurred: { estimated: true },
    ...(provenId === undefined ? {} : { providerEventId: provenId }),
  });
  return { verdict: 'unnormalised', reason, events: [event] };
}

/** The account of a delivery that does not name one: the configured one, else the source itself. */
export function fallbackAccount(delivery: VerifiedDelivery): string {
  return delivery.settings.account ?? delivery.settings.sourceId;
}

/** An entity for what has no id of its own: the SHA-256 of target and body. */
export function contentEntity(delivery: VerifiedDelivery): EntityRef {
  const { target, body } = delivery.request;
  const digest = createHash('sha256').update(target).update('\n').update(body).digest('hex');
  return { kind: 'delivery', id: digest };
}
