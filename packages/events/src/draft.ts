import type { DomainTopic, EventTypeOf, PayloadOf, StatedFieldOf } from './catalogue.ts';

/**
 * What a normaliser says about one fact. Everything else of the record (id, key, version, headers, envelope)
 * follows from it and from the delivery by the rules of docs/records.md; `sealEvent` applies them.
 *
 * `EventDraft` without an argument is a draft for any topic: every `EventDraft<T>` is one.
 */
export interface EventDraft<T extends DomainTopic = DomainTopic> {
  readonly topic: T;
  readonly type: EventTypeOf<T>;
  /** The provider's own container of ids, canonical text: `acct_x.live`, an AccountSid, a portal id, the sourceId. */
  readonly account: string;
  /** With (tenant, provider, account) the primary key of every projection. */
  readonly entity: EntityRef;
  /** What this event must stay in order with, where that is not its own entity (a recording follows its call). */
  readonly orderBy?: OrderBy;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  readonly providerEventId?: string;
  /** A number the provider documents as growing per entity; at most `maxProviderSequence`. */
  readonly providerSequence?: number;
  /** Overrides the catalogue's lead of the type, where the status (not the type) decides it (subscription incomplete_expired). */
  readonly lead?: number;
  /** The payload fields this event speaks about: null in a stated field means cleared, an unstated field means not known. */
  readonly statedFields: readonly StatedFieldOf<T>[];
  /** Information only. */
  readonly changedFields?: readonly string[];
  readonly payload: PayloadOf<T>;
}

export interface EntityRef {
  readonly kind: string;
  readonly id: string;
}

/**
 * What the record key is made of, where it is not the event's own entity.
 * - `entity`: another entity of the same account.
 * - `personal`: values that may be personal (numbers, addresses); only their HMAC with the installation key is in the key.
 * - `source`: a value of the source (integration.event: what a declared pointer found, else the provider's event id).
 */
export type OrderBy =
  | { readonly by: 'entity'; readonly entity: EntityRef }
  | { readonly by: 'personal'; readonly kind: string; readonly values: readonly string[] }
  | { readonly by: 'source'; readonly value: string };

/** Where the event's id comes from; docs/records.md. `rx` makes each reception a new event. */
export type DraftIdentity =
  | { readonly basis: 'id'; readonly id: string; readonly qualifier?: string }
  | { readonly basis: 'key'; readonly parts: readonly string[]; readonly qualifier?: string }
  | { readonly basis: 'hash'; readonly canonicalItem: string; readonly occurrence: number; readonly qualifier?: string }
  | { readonly basis: 'rx'; readonly index: number; readonly qualifier?: string };

export type Occurred =
  /** The provider's own time of the fact, epoch milliseconds. */
  | { readonly at: number; readonly estimated: false }
  /** Not stated by the provider: the time of receipt stands in, and the event only fills gaps. */
  | { readonly estimated: true };
