import { failpoint, messageOf, TrunklineError } from '@trunkline/core';
import type { OutgoingRecord, Publisher } from '@trunkline/kafka';

import { Refusal } from '../refusal.ts';

/** Kafka is given at least this long, even when the sender took all of its own deadline to send the body. */
export const leastPublishMs = 250;

/**
 * Publishes everything a delivery became in one call and waits for the acknowledgement of every record: a 2xx stands
 * on this. A failure is never the sender's fault, so it is a 503 and the sender tries again.
 */
export async function publish(
  publisher: Publisher,
  records: readonly OutgoingRecord[],
  remainingMs: number,
): Promise<Refusal | undefined> {
  failpoint('ingress.before_publish');
  try {
    await publisher.publish(records, { deadlineMs: Math.max(leastPublishMs, remainingMs) });
  } catch (error) {
    return refusalOf(error);
  }
  failpoint('ingress.after_publish');
  return undefined;
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof TrunklineError)) throw error;
  // A record that is too large for its topic although the body was allowed is a topic configured too small. A 413
  // would tell the sender that trying again is useless, and the event would be lost.
  const code = error.code === 'payload_too_large' ? 'publish_unavailable' : error.code;
  return new Refusal({ step: 'publish', code, detail: messageOf(error), cause: error });
}
