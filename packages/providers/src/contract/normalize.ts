import type { VerifiedDelivery } from './delivery.ts';
import { withCheckedIdentities } from './identity-check.ts';
import { unreadableDelivery } from './integration-event.ts';
import type { Normalization } from './normalization.ts';
import type { ProviderDefinition } from './provider.ts';
import { plainAccepted, type Reply } from './reply.ts';

/**
 * What a verified delivery says, as event drafts. Never throws: a normaliser that does is a bug of ours, and the
 * delivery is kept whole as one `integration.event.v1` event with verdict `unnormalised`.
 */
export function normalizeDelivery<O>(provider: ProviderDefinition<O>, delivery: VerifiedDelivery<O>): Normalization {
  if (delivery.provider !== provider.name) {
    return unreadableDelivery(delivery, `it was verified as ${delivery.provider}, not as ${provider.name}`);
  }
  try {
    return withCheckedIdentities(provider.normalize(delivery), provider.volatileMembers);
  } catch (error) {
    // The message could quote the payload, so only the kind of the error is told.
    const kind = error instanceof Error ? error.name : typeof error;
    return unreadableDelivery(delivery, `the normaliser of ${provider.name} failed with a ${kind}`);
  }
}

/** The answer once everything is durable. Never throws: the events are accepted, so the answer must be a 2xx. */
export function replyTo<O>(
  provider: ProviderDefinition<O>,
  delivery: VerifiedDelivery<O>,
  normalization: Normalization,
): Reply {
  try {
    return provider.reply?.(delivery, normalization) ?? plainAccepted;
  } catch {
    return plainAccepted;
  }
}
