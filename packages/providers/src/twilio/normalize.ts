import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness } from '../contract/snapshot.ts';
import type { Subject } from '../contract/subject.ts';
import { attemptHeader, attemptIdentity } from './attempt.ts';
import { normalizeJson } from './json.ts';
import { messageOf, type TwilioMessage } from './message-of.ts';
import type { TwilioOptions } from './options.ts';
import { subjectOf } from './subject.ts';

/** One form or GET callback is one event; a JSON body may be several. */
export function normalizeTwilio(delivery: VerifiedDelivery<TwilioOptions>): Normalization {
  const message = messageOf(delivery);
  if (message === undefined) return normalizeJson(delivery);
  if (typeof message === 'string') return unreadableDelivery(delivery, message);
  const subject = subjectOf(message, delivery.settings.options);
  const account = textMember(message.parameters, 'AccountSid') ?? fallbackAccount(delivery);
  const { read, entity, identity, occurred, orderBy, providerSequence, flaws = [] } = subject;
  if (read === undefined || entity === undefined || identity === undefined) {
    return passOn(delivery, { message, subject, account });
  }
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity,
    occurred,
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(providerSequence === undefined ? {} : { providerSequence }),
  });
  return { ...completeness([...new Set([...flaws, ...read.unreadable])]), events: [draft] };
}

interface PassedOn {
  readonly message: TwilioMessage;
  readonly subject: Subject;
  readonly account: string;
}

function passOn(delivery: VerifiedDelivery<TwilioOptions>, { message, subject, account }: PassedOn): Normalization {
  const identity = subject.identity ?? attemptIdentity(delivery, message.parameters);
  const event = integrationEvent(delivery, {
    account,
    entity: subject.entity ?? contentEntity(delivery),
    identity: identity ?? { basis: 'rx', index: 0 },
    occurred: subject.occurred,
    ...(subject.name === undefined ? {} : { originalType: subject.name }),
  });
  const flaws = [...(subject.flaws ?? []), ...(identity === undefined ? [attemptHeader] : [])];
  return { ...completeness(flaws), events: [event] };
}
