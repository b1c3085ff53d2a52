import { createHash } from 'node:crypto';

import type { DraftIdentity, EntityRef, EventDraft, Occurred, OrderBy } from '@trunkline/events';

import { withoutByteOrderMark } from './byte-order-mark.ts';
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
      query: delivery.archivedQuery,
      headers: delivery.archivedHeaders,
    },
  });
}

/** The same bytes as a Buffer, not copied: a body may be megabytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What is known of a delivery although it cannot be read as what it should be. */
export interface Legible {
  /** An id that tells it from every other and is the same when it is sent again. */
  readonly id?: string | undefined;
  /** The provider's own name of the event. */
  readonly originalType?: string | undefined;
}

/**
 * The normalisation of an authentic delivery that cannot be read. It is known by the id that stands in it, else by that of
 * its headers (`ProviderDefinition.messageId`), else by its bytes.
 */
export function unreadableDelivery(delivery: VerifiedDelivery, reason: string, legible: Legible = {}): Normalization {
  const id = legible.id ?? delivery.messageId;
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: id === undefined ? contentEntity(delivery) : { kind: 'event', id },
    identity: id === undefined ? deliveryIdentity(delivery) : { basis: 'id', id },
    occurred: { estimated: true },
    ...(legible.originalType === undefined ? {} : { originalType: legible.originalType }),
    ...(id === undefined ? {} : { providerEventId: id }),
  });
  return { verdict: 'unnormalised', reason, events: [event] };
}

/** The account of a delivery that does not name one: the configured one, else the source itself. */
export function fallbackAccount(delivery: VerifiedDelivery): string {
  return delivery.settings.account ?? delivery.settings.sourceId;
}

/** An entity for what has no id of its own: the SHA-256 of target and body. */
export function contentEntity(delivery: VerifiedDelivery): EntityRef {
  return { kind: 'delivery', id: digestOf(delivery) };
}

/**
 * A delivery that has no id and cannot be read is the same where target and bytes are. One without a byte says nothing at
 * all; each of those is a new event.
 */
function deliveryIdentity(delivery: VerifiedDelivery): DraftIdentity {
  if (delivery.request.body.length === 0) return { basis: 'rx', index: 0 };
  return { basis: 'hash', canonicalItem: digestOf(delivery), occurrence: 0 };
}

/** Asked for twice of what cannot be read, and a body may be megabytes. */
const digests = new WeakMap<VerifiedDelivery, string>();

/** SHA-256 in hex of target, line feed and body; a byte order mark is no part of what the body says. */
function digestOf(delivery: VerifiedDelivery): string {
  const known = digests.get(delivery);
  if (known !== undefined) return known;
  const { target, body } = delivery.request;
  const digest = createHash('sha256').update(target).update('\n').update(withoutByteOrderMark(body)).digest('hex');
  digests.set(delivery, digest);
  return digest;
}
