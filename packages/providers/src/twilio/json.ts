import {
  canonicalText,
  type DraftIdentity,
  type EventDraft,
  type ExactJson,
  type ExactObject,
  isExactObject,
  maxIdLength,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness, SnapshotReader } from '../contract/snapshot.ts';
import { occurredAt, readInstant } from '../contract/times.ts';
import { attemptHeader, attemptIdentity } from './attempt.ts';

/** What Conversational Intelligence calls the event of a finished transcript. */
export const transcriptAvailable = 'voice_intelligence_transcript_available';

/** Bodies in JSON: the notice of a finished transcript, a batch of Event Streams (CloudEvents), and anything else. */
export function normalizeJson(delivery: VerifiedDelivery): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const { value } = body;
  if (Array.isArray(value) && value.length > 0) {
    const items: readonly ExactJson[] = value; // Array.isArray widens the items to any
    const events = items.map((item, index) => streamed(delivery, item, index));
    if (events.every(({ identity }) => identity.basis === 'id')) return { verdict: 'normalised', events };
    return { verdict: 'partial', reason: 'an item has no id', events };
  }
  const id = idMember(value, 'transcript_sid');
  const isTranscript = isExactObject(value) && textMember(value, 'event_type') === transcriptAvailable;
  if (isTranscript && id !== undefined) return transcriptNotice(delivery, value, id);
  const originalType = textMember(value, 'event_type') ?? textMember(value, 'type');
  const at = readInstant(member(value, 'timestamp'));
  const identity: DraftIdentity | undefined =
    at === undefined
      ? attemptIdentity(delivery, value)
      : { basis: 'hash', canonicalItem: canonicalText(value), occurrence: 0 };
  const event = integrationEvent(delivery, {
    account: accountOf(delivery, value),
    entity: contentEntity(delivery),
    identity: identity ?? { basis: 'rx', index: 0 },
    occurred: occurredAt(at),
    ...(originalType === undefined ? {} : { originalType }),
  });
  return { ...completeness(identity === undefined ? [attemptHeader] : []), events: [event] };
}

/** It names no call: whoever wants the text asks the API for it by the transcript's id. */
function transcriptNotice(delivery: VerifiedDelivery, notice: ExactObject, id: string): Normalization {
  const reader = new SnapshotReader('telephony.transcript.v1', notice);
  reader.say('status', 'available');
  reader.say('providerStatus', transcriptAvailable);
  const { fact, unreadable } = reader.fact('telephony.transcript.available');
  const draft = draftOf({
    ...fact,
    account: accountOf(delivery, notice),
    entity: { kind: 'transcript', id },
    identity: { basis: 'key', parts: [id, transcriptAvailable] },
    occurred: { estimated: true },
  });
  return { ...completeness(unreadable), events: [draft] };
}

/** One CloudEvent: its id is its own whatever batch it comes in. */
function streamed(delivery: VerifiedDelivery, item: ExactJson, index: number): EventDraft {
  const id = idMember(item, 'id');
  const originalType = textMember(item, 'type');
  const at = isExactObject(item) ? readInstant(item['time']) : undefined;
  return integrationEvent(delivery, {
    account: accountOf(delivery, item),
    entity: id === undefined ? contentEntity(delivery) : { kind: 'event', id },
    identity: id === undefined ? { basis: 'rx', index } : { basis: 'id', id },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    ...(originalType === undefined ? {} : { originalType }),
    ...(id === undefined ? {} : { providerEventId: id }),
    item: { index, text: canonicalText(item) },
  });
}

/** A notice names it; a streamed event has it in its data, or in the path of what it is about. */
function accountOf(delivery: VerifiedDelivery, value: ExactJson): string {
  const data = isExactObject(value) ? (value['data'] ?? null) : null;
  const path = /\/Accounts\/(AC[0-9a-f]{32})(?:\/|$)/.exec(textMember(value, 'source') ?? '');
  return (
    idMember(value, 'account_sid') ??
    idMember(data, 'accountSid') ??
    idMember(data, 'account_sid') ??
    path?.[1] ??
    fallbackAccount(delivery)
  );
}

function idMember(value: ExactJson, name: string): string | undefined {
  const id = textMember(value, name);
  return id === undefined || id.length > maxIdLength ? undefined : id;
}
