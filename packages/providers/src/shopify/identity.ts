import { canonicalText, type DraftIdentity, type ExactObject, idText } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';

/** What an id of Shopify's is made of. */
export interface Told {
  readonly topic: string | undefined;
  readonly object: ExactObject;
  /** The id of the event, which is the same at each attempt; a header, which nothing signs. */
  readonly eventId: string | undefined;
  /** Whether the body has a time of its own. */
  readonly isTimed: boolean;
}

/** Members that make two events of one object different, beside its id: for the topics whose facts are known by them. */
const keyOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['orders/paid', ['updated_at']],
  // Sent again when the status changes.
  ['order_transactions/create', ['status', 'processed_at']],
  ['refunds/create', ['created_at']],
]);

/** These happen once in the life of an object, so that a body without a time says all. */
const onceInALife = /\/(?:create|delete|destroy|redact|data_request)$/;

/**
 * The ids of Shopify's deliveries are in headers, which nothing signs, so an id is made of the body: Shopify repeats a
 * delivery with the body it had. Only of a body without a time, of which a second one may mean something new, the event's id
 * decides as well.
 */
export function identityOf({ topic, object, eventId, isTimed }: Told): DraftIdentity {
  const needsHeader = !isTimed && !onceInALife.test(topic ?? '') && eventId !== undefined;
  const item = needsHeader ? [topic ?? null, object, eventId] : [topic ?? null, object];
  return { basis: 'hash', canonicalItem: canonicalText(item), occurrence: 0 };
}

/** The same for a fact: that of some topics is known by members of the object, however its other members are written. */
export function factIdentity(told: Told): DraftIdentity {
  const { topic, object } = told;
  const key = keyOf.get(topic ?? '');
  if (topic === undefined || key === undefined) return identityOf(told);
  return { basis: 'key', parts: [topic, objectId(object), ...key.map((name) => idText(object[name]))] };
}

/** The global id names the type as well; it is there in every payload since 2018. */
function objectId(object: ExactObject): string {
  return textMember(object, 'admin_graphql_api_id') ?? idText(object['id']);
}
