import { createHash, hash } from 'node:crypto';

import { netstrings } from '@trunkline/core';
import { canonicalItem, type DraftIdentity, type EventDraft } from '@trunkline/events';

import { readJsonBody } from './json-body.ts';
import type { Normalization } from './normalization.ts';

/**
 * What ids must not hide: an event without an identity of its own is never `normalised`, because each repeat of it is a new
 * event; and two messages of one delivery that say different things under one id are `partial`, because whoever dedupes by
 * it sees one of them.
 */
export function withCheckedIdentities(
  normalization: Normalization,
  volatileMembers: readonly string[] | undefined,
): Normalization {
  const { verdict, reason, events } = normalization;
  const flaws = [
    ...(events.some(({ identity }) => identity.basis === 'rx') ? [notIdentified] : []),
    ...(hasAmbiguousIdentity(events, volatileMembers) ? [sameIdOtherContent] : []),
  ];
  if (flaws.length === 0 || verdict === 'unnormalised' || verdict === 'ignored') return normalization;
  return {
    ...normalization,
    verdict: 'partial',
    reason: [...(reason === undefined ? [] : [reason]), ...flaws].join('; '),
  };
}

const notIdentified = 'it has no id and no content to know it by: each reception is a new event';

/** The flaw of a delivery with two messages of one id; the ingress says it of two deliveries, as well. */
export const sameIdOtherContent = 'one id is used for two contents';

function hasAmbiguousIdentity(events: readonly EventDraft[], volatileMembers: readonly string[] | undefined): boolean {
  if (events.length < 2) return false;
  const seen = new Map<string, EventDraft>();
  return events.some((event) => {
    // By its content it is its content, and a new one each time is never another.
    if (event.identity.basis === 'hash' || event.identity.basis === 'rx') return false;
    const key = keyOf(event.topic, event.identity);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, event);
    // The digest is only made where two share an id, which is rare.
    return first !== undefined && contentDigest(first, volatileMembers) !== contentDigest(event, volatileMembers);
  });
}

/** Equal where the ids are: what the id is made of, within one delivery. */
function keyOf(topic: string, identity: Extract<DraftIdentity, { basis: 'id' | 'key' }>): string {
  const { basis, qualifier = '' } = identity;
  return netstrings([topic, basis, qualifier, ...(basis === 'id' ? [identity.id] : identity.parts)]).toString('utf8');
}

/**
 * A short digest of what an event says, equal where a repeat says the same: without the time of receipt, without the headers
 * of the request, without the members that the provider changes from one attempt to the next.
 */
export function contentDigest(event: EventDraft, volatileMembers: readonly string[] = []): string {
  const { topic, type, account, entity, occurred } = event;
  const told = [topic, type, account, entity, occurred];
  if (!isPassedOn(event)) return shortened(hash('sha256', JSON.stringify([...told, event.payload]), 'base64url'));
  const { payload } = event;
  const whole = createHash('sha256').update(JSON.stringify([...told, { ...payload, ...howItCame }]));
  return shortened(whole.update(lastingBytes(payload.body, volatileMembers)).digest('base64url'));
}

function isPassedOn(event: EventDraft): event is EventDraft<'integration.event.v1'> {
  return event.topic === 'integration.event.v1';
}

/** Members of `integration.event.v1` that do not say what happened, the place in a batch among them; its body counts apart. */
const howItCame = { headers: null, query: null, method: null, contentType: null, itemIndex: null, body: null };

/** 132 bits. */
function shortened(digest: string): string {
  return digest.slice(0, 22);
}

function lastingBytes(body: Uint8Array, volatileMembers: readonly string[]): string | Uint8Array {
  if (volatileMembers.length === 0) return body;
  const read = readJsonBody(body);
  return read.readable ? canonicalItem(read.value, volatileMembers) : body;
}
