import { canonicalText, type DraftIdentity, type ExactJson } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { singleHeader } from '../contract/request.ts';
import { usableId } from '../contract/usable-id.ts';

/** Twilio names each request in it, and repeats the name when it sends the request again. */
export const attemptHeader = 'I-Twilio-Idempotency-Token';

/**
 * For what has neither an id nor a time: the name of the request and all that it says. The header is not signed; whoever
 * changes it gets another event of the same content, which posting again got him without it, too.
 */
export function attemptIdentity(delivery: VerifiedDelivery, content: ExactJson): DraftIdentity | undefined {
  const token = usableId(singleHeader(delivery.request, attemptHeader));
  if (token === undefined) return undefined;
  return { basis: 'hash', canonicalItem: canonicalText([token, content]), occurrence: 0 };
}
