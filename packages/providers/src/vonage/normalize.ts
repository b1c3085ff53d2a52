import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import type { VonageOptions } from './options.ts';
import { contentOf, smsSubject, subjectOf } from './subject.ts';

/** One callback is one event. Nothing in it is an id of its own, so the object, its status and its time are. */
export function normalizeVonage(delivery: VerifiedDelivery<VonageOptions>): Normalization {
  const said = contentOf(delivery);
  if (typeof said === 'string') return unreadableDelivery(delivery, said);
  const subject = delivery.settings.options.signature === 'jwt' ? subjectOf(said) : smsSubject(said);
  const { entity, read, identity, occurred, orderBy, name, flaws = [] } = subject;
  const account = fallbackAccount(delivery);
  if (read !== undefined && entity !== undefined && identity !== undefined) {
    const draft = draftOf({
      ...read.fact,
      account,
      entity,
      identity,
      occurred,
      ...(orderBy === undefined ? {} : { orderBy }),
    });
    return { ...completeness([...flaws, ...read.unreadable]), events: [draft] };
  }
  const event = integrationEvent(delivery, {
    account,
    entity: entity ?? contentEntity(delivery),
    identity: identity ?? { basis: 'rx', index: 0 },
    occurred,
    ...(name === undefined ? {} : { originalType: name }),
  });
  return { ...completeness(identity === undefined ? [...new Set([...flaws, 'timestamp'])] : flaws), events: [event] };
}

/** Whether the callback asks what to do with a call. */
export function asksForAnswer(delivery: VerifiedDelivery<VonageOptions>): boolean {
  if (delivery.settings.options.signature !== 'jwt') return false;
  const said = contentOf(delivery);
  return typeof said !== 'string' && subjectOf(said).name === 'answer';
}
