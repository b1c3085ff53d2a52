import { type EventId, type RequestId, TrunklineError } from '@trunkline/core';

import type { RecordOf, RequestPayloadOf, RequestTopic, RequestTypeOf } from './catalogue.ts';
import type { RequestMetadata } from './generated/records.ts';
import { personalDigest, recordKey } from './key.ts';
import { requestPayload } from './payload.ts';
import { requestId, type RequestIdentity } from './request-id.ts';
import { maxIdLength } from './seal.ts';

/** What somebody asks for; everything else of the record follows by the rules of docs/records.md, "Requests". */
export interface RequestDraft<T extends RequestTopic> extends RequestIdentity {
  readonly topic: T;
  readonly type: RequestTypeOf<T>;
  /** The event that everything began with; `cause` itself unless that is a request. */
  readonly causedBy: EventId;
  /** What is not said is null. */
  readonly payload: Partial<RequestPayloadOf<T>>;
}

export interface RequestContext {
  readonly tenantId: string;
  /** The consumer group that asks. */
  readonly group: string;
  readonly requestedAtMs: number;
  /** Undefined: nobody can be named by an address. */
  readonly installationKey: Uint8Array | undefined;
}

/** A request with everything decided but its bytes. */
export interface SealedRequest<T extends RequestTopic = RequestTopic> {
  readonly topic: T;
  readonly requestId: RequestId;
  readonly group: string;
  readonly key: string;
  readonly record: RecordOf<T>;
}

/** Throws `payload_malformed` where the payload does not say what the request's key is made of. */
export function sealRequest<T extends RequestTopic>(draft: RequestDraft<T>, context: RequestContext): SealedRequest<T> {
  const id = requestId(draft);
  const payload = requestPayload(draft.topic, draft.payload);
  const metadata: RequestMetadata = {
    requestId: id,
    type: draft.type,
    tenantId: context.tenantId,
    causedBy: draft.causedBy,
    requestedAt: context.requestedAtMs,
  };
  return {
    topic: draft.topic,
    requestId: id,
    group: context.group,
    key: keyOf(draft.topic, payload, context),
    // RecordOf<T> is RequestMetadata plus RequestPayloadOf<T> by its definition; the compiler cannot undo the Omit.
    record: { metadata, ...payload } as unknown as RecordOf<T>,
  };
}

/** The parts of a key behind the tenant; undefined where the payload names nothing to keep in order with. */
type KeyRule<T extends RequestTopic> = (
  payload: RequestPayloadOf<T>,
  digest: (address: string) => string,
) => readonly string[] | undefined;

const keyRules: { readonly [T in RequestTopic]: KeyRule<T> } = {
  'notifications.request.v1': ({ recipientId, recipientAddress }, digest) => {
    if (isGiven(recipientId)) return [recipientId];
    return isGiven(recipientAddress) ? [digest(recipientAddress)] : undefined;
  },
  'calendar.sync_request.v1': ({ sourceId, resourceId }) => {
    if (!isGiven(sourceId)) return undefined;
    return isGiven(resourceId) ? [sourceId, resourceId] : [sourceId];
  },
  'privacy.erasure_request.v1': ({ addressDigest, provider, account, entityKind, entityId }) => {
    if (isGiven(addressDigest)) return [addressDigest];
    const entity = [provider, account, entityKind, entityId].filter(isGiven);
    return entity.length === entityParts ? entity : undefined;
  },
};

/** Provider, account, kind and id. */
const entityParts = 4;

function keyOf<T extends RequestTopic>(topic: T, payload: RequestPayloadOf<T>, context: RequestContext): string {
  const { tenantId } = context;
  const installationKey = (): Uint8Array => {
    if (context.installationKey !== undefined) return context.installationKey;
    throw new TrunklineError('config_invalid', 'a request to an address needs TRUNKLINE_INSTALLATION_KEY');
  };
  const rule: KeyRule<T> = keyRules[topic];
  const parts = rule(payload, (address) =>
    personalDigest({ installationKey: installationKey(), tenantId, values: [address] }),
  );
  // Names the topic only: ids may be personal.
  if (parts === undefined) throw refused(topic, 'does not say what its key is made of');
  if (parts.some((part) => part.length > maxIdLength)) {
    throw refused(topic, `has an id longer than ${maxIdLength} characters`);
  }
  return recordKey([tenantId, ...parts]);
}

function isGiven(text: string | null): text is string {
  return text !== null && text !== '';
}

function refused(topic: RequestTopic, why: string): TrunklineError {
  return new TrunklineError('payload_malformed', `a request for ${topic} ${why}; see docs/records.md, "Requests"`);
}
